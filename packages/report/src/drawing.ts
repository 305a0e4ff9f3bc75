import { escapeHtml } from './escape.js';
import { lineClass, PANEL, renderMarker } from './panel.js';
import { FIGURE_STYLE } from './style.js';

/** Room above a panel for its title. */
const TITLE = 26;
const GAP = 16;
const COLUMNS = 3;

/** An SVG image that stands alone, filled from top to bottom. */
export class Drawing {
  readonly #width: number;
  readonly #parts: string[] = [];
  #height = 12;

  constructor(width = COLUMNS * (PANEL.width + GAP)) {
    this.#width = width;
  }

  heading(text: string): void {
    this.add(`<text class="title" x="12" y="14" font-weight="bold">${escapeHtml(text)}</text>`, 24);
  }

  /** Draws something of a height below what is there. */
  add(content: string, height: number): void {
    this.#parts.push(`<g transform="translate(0 ${this.#height})">\n${content}\n</g>`);
    this.#height += height;
  }

  /** Draws panels three in a line. */
  panels(panels: readonly { title: string; content: string }[]): void {
    for (let first = 0; first < panels.length; first += COLUMNS) {
      const line = panels
        .slice(first, first + COLUMNS)
        .map(
          ({ title, content }, column) =>
            `<g transform="translate(${column * (PANEL.width + GAP)} 0)"><text class="title" x="${PANEL.left}" y="14">${escapeHtml(title)}</text><g transform="translate(0 ${TITLE - 6})">${content}</g></g>`,
        );
      this.add(line.join('\n'), TITLE + PANEL.height + GAP / 2);
    }
  }

  /** The methods with their lines, and other keys behind them. */
  legend(
    methods: readonly string[],
    style: 'line' | 'curve',
    others: readonly { mark: string; name: string }[],
  ): void {
    const keys = [
      ...methods.map((name, m) => {
        const stroke = `<path class="${style}" d="M0 6L36 6"/>`;
        const mark = style === 'line' ? renderMarker(methods, m, { x: 18, y: 6 }) : '';
        return { mark: `<g class="${lineClass(methods, m)}">${stroke}${mark}</g>`, name };
      }),
      ...others,
    ];
    let x: number = PANEL.left;
    const items = keys.map(({ mark, name }) => {
      const item = `<g transform="translate(${x} 0)">${mark}<text x="44" y="10">${escapeHtml(name)}</text></g>`;
      x += 44 + 7 * [...name].length + 24;
      return item;
    });
    this.add(items.join('\n'), 26);
  }

  toSvg(label: string): string {
    const height = this.#height + 8;
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${this.#width}" height="${height}" viewBox="0 0 ${this.#width} ${height}" role="img" aria-label="${escapeHtml(label)}">
<style>${FIGURE_STYLE}</style>
<rect width="${this.#width}" height="${height}" fill="#fff"/>
${this.#parts.join('\n')}
</svg>
`;
  }
}
