/**
 * The loss of each step, as the library draws it on the pages of its runs; as wide as there is room.
 * @module
 */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { curveChart } from "../../../../../src/training/report/chart.ts";
import type { StepReport } from "../../../../../src/training/run/trainer.ts";

const HEIGHT = 260;
const points = (reports: readonly StepReport[]) =>
  reports.map(({ step, loss: value }) => ({ step, value }));

export function Curve({ reports, steps }: { reports: readonly StepReport[]; steps: number }) {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const watch = new ResizeObserver(([{ contentRect }]) => setWidth(contentRect.width));
    if (box.current) watch.observe(box.current);
    return () => watch.disconnect();
  }, []);
  const html = useMemo(
    () =>
      width > 0
        ? curveChart("Loss", points(reports), [], steps, { width, height: HEIGHT }).text
        : "",
    [reports, steps, width],
  );
  return (
    <div
      ref={box}
      class="curve"
      style={{ minHeight: `${HEIGHT}px` }}
      dangerouslySetInnerHTML={{ __html: html }}
    />
  );
}
