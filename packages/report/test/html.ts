/** Elements that HTML closes by themselves, and SVG shapes that are written with a slash. */
const VOID = new Set(['meta', 'col', 'br']);

/** One opening tag with its attributes. */
export interface Tag {
  name: string;
  attributes: Record<string, string>;
  /** Names of the elements around it. */
  path: string[];
}

const TOKEN =
  /<!--[\s\S]*?-->|<!doctype html>|<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z][a-zA-Z0-9-]*(?:="[^"<>]*")?)*)\s*(\/?)>|[^<]+|</g;

/**
 * A strict reader of the subset of HTML that reports use: every element closed in order, every attribute
 * quoted and given once, every "<" and "&" of text an entity.
 * @returns all tags and the text between them
 */
export function parseHtml(html: string): { tags: Tag[]; text: string } {
  const tags: Tag[] = [];
  const open: string[] = [];
  let text = '';
  for (const [token, closing, name, attributeText, slash] of html.matchAll(TOKEN)) {
    if (token === '<') throw new Error(`a bare "<" inside ${open.join(' ')}`);
    if (name === undefined) {
      if (open.at(-1) === 'style') continue;
      const bad = /&(?!(?:amp|lt|gt|quot|#39);)/.exec(token);
      if (bad) throw new Error(`a bare "&" in ${JSON.stringify(token.slice(bad.index, bad.index + 20))}`);
      if (!token.startsWith('<!')) text += token;
    } else if (closing) {
      if (open.pop() !== name) throw new Error(`</${name}> closes another element`);
    } else {
      tags.push({ name, attributes: parseAttributes(attributeText!), path: [...open] });
      if (!slash && !VOID.has(name)) open.push(name);
    }
  }
  if (open.length > 0) throw new Error(`left open: ${open.join(' ')}`);
  return { tags, text: text.replace(/&(amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity]!) };
}

const ENTITIES: Record<string, string> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

function parseAttributes(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name, value] of text.matchAll(/([a-zA-Z][a-zA-Z0-9-]*)(?:="([^"]*)")?/g)) {
    if (name! in attributes) throw new Error(`attribute ${name} is given twice`);
    attributes[name!] = value ?? '';
  }
  return attributes;
}
