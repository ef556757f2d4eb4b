/**
 * The public API as text: what an entry exports, and every declaration that this leads to, by name.
 *
 * The built declarations are split into shared files as the bundler sees fit; a report of them would change when nothing
 * has changed for users. What another entry's report has is named here, not repeated.
 */

import ts from 'typescript';

/** The reports, by entry, of these declaration files. A declaration is in the report of the first entry that leads to it. */
export function apiReports(
  files: ReadonlyMap<string, string>,
  options: ts.CompilerOptions,
): Map<string, string> {
  const program = ts.createProgram([...files.values()], options);
  const checker = program.getTypeChecker();
  const reported = new Map<ts.Symbol, string>();
  const reports = new Map<string, string>();
  for (const [entry, file] of files) {
    const source = program.getSourceFile(file);
    const module = source && checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${file} exports nothing`);
    reports.set(entry, reportOf(entry, checker.getExportsOfModule(module), checker, reported));
  }
  return reports;
}

function reportOf(
  entry: string,
  exports: readonly ts.Symbol[],
  checker: ts.TypeChecker,
  reported: Map<ts.Symbol, string>,
): string {
  const targets = new Map(exports.map((symbol) => [symbol.name, resolve(symbol, checker)]));
  const elsewhere = new Map<string, string[]>();
  const own: [name: string, text: string][] = [];
  const queue = [...targets.values()];
  for (const symbol of queue) {
    const owner = reported.get(symbol);
    if (owner === entry) continue;
    if (owner !== undefined) {
      const names = elsewhere.get(owner) ?? [];
      if (!names.includes(symbol.name)) elsewhere.set(owner, [...names, symbol.name]);
      continue;
    }
    reported.set(symbol, entry);
    for (const declaration of statementsOf(symbol)) {
      own.push([symbol.name, textOf(declaration)]);
      queue.push(...mentionedBy(declaration, checker));
    }
  }
  const exported = [...targets].map(([name, { name: own }]) => (name === own ? name : `${own} as ${name}`));
  return [
    `// exports: ${exported.toSorted().join(', ')}\n`,
    ...[...elsewhere].map(([owner, names]) => `// see ${owner}: ${names.toSorted().join(', ')}\n`),
    ...own.toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, text]) => `${text}\n`),
  ].join('\n');
}

/** Declarations of our own that a declaration names. */
function mentionedBy(declaration: ts.Node, checker: ts.TypeChecker): ts.Symbol[] {
  const symbols: ts.Symbol[] = [];
  const visit = (node: ts.Node): void => {
    const symbol = ts.isIdentifier(node) ? checker.getSymbolAtLocation(node) : undefined;
    const target = symbol && resolve(symbol, checker);
    if (target !== undefined && statementsOf(target).length > 0) symbols.push(target);
    if (!isInternal(node)) ts.forEachChild(node, visit);
  };
  visit(declaration);
  return symbols;
}

function resolve(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

/** The top-level statements of our own files that declare a symbol. */
function statementsOf(symbol: ts.Symbol): ts.Node[] {
  return (symbol.declarations ?? []).flatMap((declaration) => {
    const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
    const isOurs = /secretsmanager-cache\/dist\//.test(declaration.getSourceFile().fileName);
    return isOurs && ts.isSourceFile(statement.parent) ? [statement] : [];
  });
}

/** A declaration without its members that are `@internal`, and without the bundler's notes on where it came from. */
function textOf(declaration: ts.Node): string {
  const whole = declaration.getFullText();
  const start = declaration.getFullStart();
  let text = '';
  let end = 0;
  declaration.forEachChild((member) => {
    if (!isInternal(member)) return;
    text += whole.slice(end, member.getFullStart() - start);
    end = member.getEnd() - start;
  });
  return (text + whole.slice(end)).replaceAll(/^\/\/#(?:region|endregion).*\n?/gm, '').trim();
}

function isInternal(node: ts.Node): boolean {
  return ts.getJSDocTags(node).some(({ tagName }) => tagName.text === 'internal');
}
