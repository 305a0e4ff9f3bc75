/** A row of a CSV file. */
export interface CsvRow {
  /** Line of its first character, from 1. */
  line: number;
  fields: string[];
}

/**
 * Parses comma-separated values (RFC 4180): fields in double quotes may hold commas, line ends and doubled quotes. A
 * byte-order mark and empty lines are passed over.
 * @param fail - called with a line and what is wrong with it; must throw
 */
export function parseCsv(text: string, fail: (line: number, problem: string) => never): CsvRow[] {
  const rows: CsvRow[] = [];
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  let line = 1;
  const endOfField = /[,\r\n]/g;
  while (at < text.length) {
    const row: CsvRow = { line, fields: [] };
    for (;;) {
      let field: string;
      if (text[at] === '"') {
        const end = closingQuote(text, at);
        if (end < 0) fail(row.line, 'a quote is not closed');
        field = text.slice(at + 1, end).replaceAll('""', '"');
        line += field.split('\n').length - 1;
        at = end + 1;
        if (at < text.length && !',\r\n'.includes(text[at]!)) fail(line, 'text after a closing quote');
      } else {
        endOfField.lastIndex = at;
        const end = endOfField.exec(text)?.index ?? text.length;
        field = text.slice(at, end);
        if (field.includes('"')) fail(line, 'a quote inside a field that does not begin with one');
        at = end;
      }
      row.fields.push(field);
      if (text[at] !== ',') break;
      at++;
    }
    if (text[at] === '\r') at++;
    if (text[at] === '\n') at++;
    line++;
    if (row.fields.length > 1 || row.fields[0]!.trim() !== '') rows.push(row);
  }
  return rows;
}

/** Where the field ends that begins with the quote at `start`; -1 if it does not. */
function closingQuote(text: string, start: number): number {
  for (let at = start + 1; ; at += 2) {
    at = text.indexOf('"', at);
    if (at < 0 || text[at + 1] !== '"') return at;
  }
}
