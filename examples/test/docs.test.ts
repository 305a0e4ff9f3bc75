import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const inRoot = readdirSync(root).filter((name) => name.endsWith('.md'));
const inDocs = readdirSync(join(root, 'docs')).map((name) => `docs/${name}`);
const documents = [...inRoot, ...inDocs, 'examples/README.md'].map((path) => ({
  path,
  text: readFileSync(join(root, path), 'utf8'),
}));
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

/** Lines of shell blocks without comments and redirections, and what stands in prose as `robusta …`. */
function commandLines(text: string): string[] {
  const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) =>
    block!.replaceAll('\\\n', ' ').split('\n'),
  );
  const prose = text.replaceAll(/```[\s\S]*?```/g, '');
  const inline = [...prose.matchAll(/`((?:robusta|pnpm|npm run) [^`]+)`/g)].map(([, line]) => line!);
  return [...blocks, ...inline].map((line) => line.replace(/\s(#|>\s).*$/, '').trim()).filter(Boolean);
}

/** What `robusta` is called with, or undefined where it is another program. */
function robustaArguments(line: string): string[] | undefined {
  const match = /^(?:robusta|npm run (?:--silent )?robusta --)(?:\s+(.*))?$/.exec(line);
  return match ? (match[1] ?? '').split(/\s+/).filter(Boolean) : undefined;
}

/** Prints what --help says of every command, as JSON; in one process, since a start takes seconds. */
const PRINT_HELPS = `
  const { main } = await import(process.argv[1]);
  const helps = {};
  async function walk(command) {
    let text = '';
    const out = (piece) => { text += piece; };
    await main([...command, '--help'], { terminal: { out, err: out, columns: 100, color: false } });
    helps[command.join(' ')] = text;
    const list = /^Commands:\\n([\\s\\S]*)/m.exec(text)?.[1] ?? '';
    for (const [, name] of list.matchAll(/^  ([a-z]+) /gm)) if (name !== 'help') await walk([...command, name]);
  }
  await walk([]);
  console.log(JSON.stringify(helps));
`;
let helps: Record<string, string>;

beforeAll(async () => {
  const cli = pathToFileURL(join(root, 'packages/cli/dist/index.js')).href;
  const args = ['--input-type=module', '--eval', PRINT_HELPS, cli];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 24 });
  helps = JSON.parse(stdout);
});

/** What is wrong with a call of `robusta`, if anything. */
function complaint(args: readonly string[]): string | undefined {
  const command: string[] = [];
  let text = helps['']!;
  for (const word of args) {
    if (word.startsWith('-') || !/^Commands:$/m.test(text)) break;
    if (!new RegExp(`^ {2}${word}( |$)`, 'm').test(text)) return `no command "${word}"`;
    command.push(word);
    text = helps[command.join(' ')]!;
  }
  const unknown = args.filter((arg) => {
    if (!arg.startsWith('-') || arg === '…') return false;
    const name = arg.split('=')[0]!;
    return !new RegExp(`^ {2}(-\\w, )?${name}[ ,\\n]`, 'm').test(text);
  });
  return unknown.length > 0 ? `no option ${unknown.join(', ')}` : undefined;
}

describe.each(documents)('$path', ({ path, text }) => {
  const lines = commandLines(text);

  test('calls of robusta exist as its --help says', () => {
    const wrong: string[] = [];
    for (const line of lines) {
      const args = robustaArguments(line);
      const problem = args && complaint(args);
      if (problem) wrong.push(`${line}: ${problem}`);
    }
    expect(wrong).toEqual([]);
  });

  test('scripts exist', () => {
    const names = lines.flatMap((line) => {
      const [, name] = /^(?:\w+=\S+ )*(?:pnpm|npm run|npm) (?:--silent )?([\w:-]+)/.exec(line) ?? [];
      return name === undefined || name === 'install' ? [] : [name];
    });
    // Tasks of a package are called as its scripts; check:pkg has none in the root.
    expect(names.filter((name) => !(name in scripts) && name !== 'check:pkg')).toEqual([]);
  });

  test('links lead somewhere', () => {
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!.split('#')[0]!);
    const local = targets.filter((target) => target && !/^\w+:/.test(target));
    expect(local.filter((target) => !existsSync(join(root, dirname(path), target)))).toEqual([]);
  });
});

test('the checks find what is wrong', () => {
  expect(complaint(['dataset', 'check', './x', '--kind', 'folder'])).toBeUndefined();
  expect(complaint(['dataset', 'chekc', './x'])).toBe('no command "chekc"');
  expect(complaint(['score', 'a.mp4', '--wrokspace', 'x', '--json'])).toBe('no option --wrokspace');
});
