/** What charts share: tooltips, built as elements so that text from a platform can never become markup, and axes. */
import type { ChartOption } from './engine';
import type { Palette } from './palette';

export interface TooltipLine {
  label: string;
  value: string;
  color?: string | undefined;
  strong?: boolean;
}

function element(tag: string, className: string, text = ''): HTMLElement {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
}

export function tooltipElement(title: string, lines: readonly TooltipLine[], note?: string): HTMLElement {
  const root = element('div', 'min-w-44 text-xs leading-5');
  root.append(element('div', 'mb-1 font-semibold', title));
  for (const line of lines) {
    const row = element('div', 'flex items-center gap-2');
    if (line.color) {
      const swatch = element('span', 'size-2.5 shrink-0 rounded-[3px]');
      swatch.style.background = line.color;
      row.append(swatch);
    }
    row.append(element('span', line.strong ? 'flex-1 font-semibold' : 'flex-1 text-soft', line.label));
    row.append(element('span', `numeric pl-4 ${line.strong ? 'font-semibold' : ''}`, line.value));
    root.append(row);
  }
  if (note) root.append(element('div', 'mt-1 max-w-60 whitespace-normal text-soft', note));
  return root;
}

export const CHART_FONT = { fontFamily: 'Inter, system-ui, sans-serif' };

/** The box around a tooltip, in the theme's own look. */
export const TOOLTIP_BOX = {
  backgroundColor: 'var(--surface)',
  borderColor: 'var(--line)',
  padding: [8, 12],
  extraCssText: 'border-radius:10px;box-shadow:var(--shadow-pop);z-index:30',
  textStyle: { color: 'var(--ink)', ...CHART_FONT },
  transitionDuration: 0,
  confine: true,
};

/** A tooltip for the row that the pointer is over, anywhere along it. */
export function rowTooltip<Row>(
  rows: readonly Row[],
  palette: Palette,
  describe: (row: Row) => HTMLElement,
): NonNullable<ChartOption['tooltip']> {
  return {
    ...TOOLTIP_BOX,
    trigger: 'axis',
    axisPointer: { type: 'shadow', shadowStyle: { color: palette.soft, opacity: 0.08 } },
    formatter: (hovered) => {
      const first = Array.isArray(hovered) ? hovered[0] : hovered;
      const row = rows[first?.dataIndex ?? -1];
      return row === undefined ? '' : describe(row);
    },
  };
}

/** A grid that leaves room for its axes' labels and no more. */
export const SNUG_GRID = { outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' } as const;

/** Names of horizontal bars, from top to bottom, without lines. */
export const BAR_NAMES = {
  type: 'category',
  inverse: true,
  axisLine: { show: false },
  axisTick: { show: false },
} as const;
