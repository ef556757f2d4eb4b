// The IAM policies in the documents and in examples/template.yaml: well-formed, the same, and no wider than they must be.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';

import { blocksOf, markdownFile, ROOT, rowsOf } from './documents.ts';

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

interface Template {
  readonly Transform: string;
  readonly Parameters: Readonly<Record<string, unknown>>;
  readonly Resources: {
    readonly Function: {
      readonly Type: string;
      readonly Properties: {
        readonly Runtime: string;
        readonly Policies: readonly { readonly Statement: readonly Statement[] }[];
      };
    };
  };
}

const page = markdownFile('docs/iam.md').text;

/** To read a secret, in the cheapest way there is. */
const NEEDED = [
  'kms:Decrypt',
  'secretsmanager:BatchGetSecretValue',
  'secretsmanager:DescribeSecret',
  'secretsmanager:GetSecretValue',
];

/** The statements of a policy, or the one that the text is. */
function statementsOf(json: string): readonly Statement[] {
  const policy = JSON.parse(json) as Statement & { readonly Statement?: readonly Statement[] };
  return policy.Statement ?? [policy];
}

function actionsOf(statements: readonly Statement[]): string[] {
  return statements.flatMap(({ Action }) => Action).toSorted();
}

/** Those that the first column of a text's tables names. */
function permissionsIn(text: string): string[] {
  const cells = rowsOf(text, 'permission').map(([cell = '']) => cell);
  const found = cells.flatMap((cell) => [...cell.matchAll(/`((?:secretsmanager|kms):\w+)`/g)]);
  return found.map(([, name = '']) => name).toSorted();
}

describe('docs/iam.md', () => {
  const [whole = '', condition = ''] = blocksOf(page, 'json');

  test('the policy allows what is in the table, but for ListSecrets', () => {
    expect(actionsOf(statementsOf(whole))).toEqual(NEEDED);
    expect(permissionsIn(page)).toEqual([...NEEDED, 'secretsmanager:ListSecrets'].toSorted());
  });

  test('only what has no resource is allowed on every resource', () => {
    const wide = statementsOf(whole).filter(({ Resource }) => Resource === '*');
    expect(actionsOf(wide)).toEqual(['secretsmanager:BatchGetSecretValue']);
  });

  test('the condition is on GetSecretValue, the one call that carries a label', () => {
    expect(actionsOf(statementsOf(condition))).toEqual(['secretsmanager:GetSecretValue']);
    expect(JSON.stringify(statementsOf(condition))).toContain('"secretsmanager:VersionStage"');
  });
});

test('README.md names the permissions that docs/iam.md does', () => {
  expect(permissionsIn(markdownFile('README.md').text)).toEqual(permissionsIn(page));
});

describe('examples/template.yaml', () => {
  const document = parseDocument(readFileSync(join(ROOT, 'examples/template.yaml'), 'utf8'), {
    customTags: [
      { tag: '!Sub', resolve: (text: string) => ({ 'Fn::Sub': text }) },
      { tag: '!Ref', resolve: (name: string) => ({ Ref: name }) },
    ],
  });
  const { Transform, Parameters, Resources } = document.toJS() as Template;
  const statements = Resources.Function.Properties.Policies.flatMap(({ Statement }) => Statement);

  test('it is YAML with no tag that CloudFormation does not know', () => {
    expect([...document.errors, ...document.warnings]).toEqual([]);
    expect([Transform, Resources.Function.Type]).toEqual([
      'AWS::Serverless-2016-10-31',
      'AWS::Serverless::Function',
    ]);
  });

  test('its function may do exactly what docs/iam.md says', () => {
    expect(actionsOf(statements)).toEqual(NEEDED);
    expect(statements.map(({ Effect }) => Effect)).toEqual(statements.map(() => 'Allow'));
    const wide = statements.filter(({ Resource }) => Resource === '*');
    expect(actionsOf(wide)).toEqual(['secretsmanager:BatchGetSecretValue']);
  });

  test('whatever it refers to is a parameter of it, or CloudFormation’s own', () => {
    const text = JSON.stringify(document.toJS());
    const names = [...text.matchAll(/\$\{([^}]+)\}|"Ref":"([^"]+)"/g)].map(
      ([, sub, ref]) => sub ?? ref ?? '',
    );
    expect(names.length).toBeGreaterThan(0);
    const unknown = names.filter((name) => !name.startsWith('AWS::') && !Object.hasOwn(Parameters, name));
    expect(unknown).toEqual([]);
  });
});
