/** An ECharts canvas in React: loaded on demand, resized with its box, described for screen readers. */
import { useEffect, useRef, useState } from 'react';
import { Skeleton } from '@/components/ui';
import type { ChartOption, EChart } from './engine';

type Engine = typeof import('./engine');
let engine: Promise<Engine> | undefined;

function loadEngine(): Promise<Engine> {
  engine ??= import('./engine');
  return engine;
}

export function Chart({
  option,
  height,
  label,
  horizontal = false,
  onSelect,
}: {
  option: ChartOption;
  height: number;
  /** What the chart says, in a sentence; null for decoration beside a figure that says it. */
  label: string | null;
  /** Whether the bars lie, so that categories go down. */
  horizontal?: boolean;
  /** A click on the bars of one category, with the place along them. */
  onSelect?: (index: number, along: number) => void;
}) {
  const box = useRef<HTMLDivElement>(null);
  const [chart, setChart] = useState<EChart | null>(null);

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    let created: EChart | undefined;
    let gone = false;
    const observer = new ResizeObserver(() => created?.resize());
    // A canvas does not draw anew when its font arrives, so the font comes first.
    const font = document.fonts.load("12px 'Inter'").catch(() => undefined);
    void Promise.all([loadEngine(), font]).then(([{ init }]) => {
      if (gone) return;
      created = init(element);
      observer.observe(element);
      setChart(created);
    });
    return () => {
      gone = true;
      observer.disconnect();
      created?.dispose();
      setChart(null);
    };
  }, []);

  useEffect(() => {
    // Replaced and not merged: a series of the last range must not linger.
    chart?.setOption(option, { notMerge: true });
  }, [chart, option]);

  useEffect(() => {
    if (!chart || !onSelect) return;
    const renderer = chart.getZr();
    const select = (event: { offsetX: number; offsetY: number }) => {
      const point = [event.offsetX, event.offsetY];
      if (!chart.containPixel('grid', point)) return;
      const place = chart.convertFromPixel({ gridIndex: 0 }, point);
      const [along = 0, index] = horizontal ? place : place.reverse();
      if (index !== undefined && Number.isFinite(index)) onSelect(Math.round(index), along);
    };
    renderer.on('click', select);
    return () => renderer.off('click', select);
  }, [chart, horizontal, onSelect]);

  const semantics = label === null ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label };
  return (
    <div className="relative" style={{ height }}>
      {!chart && <Skeleton className="absolute inset-0" />}
      <div ref={box} className="absolute inset-0" data-chart={chart ? 'ready' : 'loading'} {...semantics} />
    </div>
  );
}
