/** Tooltips of charts, built as elements: text from a platform can never become markup. */

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
