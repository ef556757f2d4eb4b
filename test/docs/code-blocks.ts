// Finds the TypeScript code blocks of the documents.

/** One fenced block. Its file has the document's line numbers, so that every message about it leads to the document. */
export interface CodeBlock {
  readonly document: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
  readonly code: string;
  /** Why the block is type-checked and not run, from ```` ```ts no-run: needs PostgreSQL ````. */
  readonly noRun: string | undefined;
}

const FENCE = /^(?<fence>`{3,})(?<language>\S*)(?:\s+(?<marker>.*))?$/;
const NO_RUN = /^no-run: *(?<reason>\S.*)$/;
/** Other names of the language would slip past the check. */
const OTHER_NAMES = ['typescript', 'tsx', 'mts', 'cts', 'js', 'javascript', 'mjs', 'cjs', 'jsx', 'node'];

/** Throws on a block that would not be checked: another name for the language, an unknown marker, no closing fence. */
export function codeBlocks(document: string, markdown: string): CodeBlock[] {
  const lines = markdown.split('\n');
  const blocks: CodeBlock[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const { fence, language = '', marker } = FENCE.exec(lines[index] ?? '')?.groups ?? {};
    if (fence === undefined) continue;
    const where = `${document}:${index + 1}`;
    const end = lines.indexOf(fence, index + 1);
    if (end === -1) throw new Error(`${where}: the code block has no end`);
    if (OTHER_NAMES.includes(language))
      throw new Error(`${where}: call the language "ts", not "${language}"`);
    if (language === 'ts') {
      const code = '\n'.repeat(index + 1) + lines.slice(index + 1, end).join('\n');
      blocks.push({ document, line: index + 1, code, noRun: noRunReason(where, marker) });
    }
    index = end;
  }
  return blocks;
}

function noRunReason(where: string, marker: string | undefined): string | undefined {
  if (marker === undefined) return undefined;
  const reason = NO_RUN.exec(marker)?.groups?.['reason'];
  if (reason === undefined)
    throw new Error(`${where}: write "ts" or "ts no-run: <reason>", not "ts ${marker}"`);
  return reason;
}
