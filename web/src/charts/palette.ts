/** The theme's colours as charts need them: plain values read from the tokens. */
import { useMemo } from 'react';
import { useTheme, type Theme } from '@/layout/theme';

const NAMES = {
  ink: '--ink',
  soft: '--soft',
  line: '--line',
  surface: '--surface',
  sunken: '--sunken',
  profit: '--c-profit',
  negative: '--c-negative',
  revenue: '--c-revenue',
  cogs: '--c-cogs',
  ads: '--c-ads',
  fees: '--c-fees',
  shipping: '--c-shipping',
  reduction: '--c-reduction',
} as const;

export type Palette = Record<keyof typeof NAMES, string>;

function read(theme: Theme): Palette {
  const root = document.documentElement;
  // Set by the same choice; said again so that the tokens read are those of this very theme.
  root.dataset.theme = theme;
  const style = getComputedStyle(root);
  return Object.fromEntries(
    Object.entries(NAMES).map(([key, token]) => [key, style.getPropertyValue(token).trim()]),
  ) as Palette;
}

/** Read anew when the theme changes. */
export function usePalette(): Palette {
  const theme = useTheme();
  return useMemo(() => read(theme), [theme]);
}

/** Diagonal lines over a bar: this part is estimated or provisional. */
export function hatch(color: string) {
  return {
    symbol: 'rect',
    dashArrayX: [1, 0],
    dashArrayY: [2, 4],
    rotation: -Math.PI / 4,
    color,
  };
}
