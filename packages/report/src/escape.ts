/**
 * Text from outside (names of videos and folders, messages) without what acts on a terminal or turns the
 * direction of writing: control characters, line and paragraph separators, bidirectional marks.
 */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for HTML, between tags or in a quoted attribute. */
export function escapeHtml(text: string): string {
  return plain(text).replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/** Text for a line or table cell of Markdown, HTML in it included. */
export function escapeMarkdown(text: string): string {
  return plain(text).replace(/[\\`*_~[\]<>|#&$]/g, '\\$&');
}

/** A field of CSV (RFC 4180). */
export function escapeCsv(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const LATEX: Record<string, string> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '"': "''",
  '±': '$\\pm$',
  '†': '$^{\\dagger}$',
  λ: '$\\lambda$',
  '–': '--',
  '…': '\\dots{}',
  // Behind the end of a line they would belong to it.
  '[': '{[}',
  '*': '{*}',
};

/** Text for LaTeX outside of formulas; what its usual fonts lack becomes a question mark. */
export function escapeLatex(text: string): string {
  return [...plain(text)]
    .map((character) => {
      if (/[#$%&_{}]/.test(character)) return `\\${character}`;
      const known = LATEX[character];
      if (known !== undefined) return known;
      return /[\x20-\x7eÀ-ÿ]/.test(character) && !/[ÐÞðþ]/.test(character) ? character : '?';
    })
    .join('');
}
