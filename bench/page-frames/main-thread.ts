/**
 * What the main thread of a page did, out of a trace of Chromium: its tasks (`RunTask` of the thread `CrRendererMain`),
 * and the work of its frames, which is that of the tasks in the 1/60 s before an animation frame, and of its own.
 *
 * A task has two lengths. On its clock it also waits while other programs have the processor; `tdur` is the processor
 * time that it took itself.
 */

/** The categories of Chromium's tracing that are read here. */
export const CATEGORIES: readonly string[] = [
  "devtools.timeline",
  "disabled-by-default-devtools.timeline",
  "blink.user_timing",
];

/** The mark that the page makes whenever its answer grows: from the first to the last of them is looked at. */
export const MARK = "answer grows";

/** Milliseconds, and how many were over 16. */
export interface MainThread {
  readonly tasks: number;
  readonly longest: Length;
  readonly over16: Length;
  /** What took the most of the task that took the processor longest, by its name in the trace. */
  readonly mostly: string;
  /** The most work of a frame, in processor time. */
  readonly busiestFrame: number;
  readonly frames: number;
  readonly framesOver16: number;
  /** The part of the time that it was at work, in processor time. */
  readonly busy: number;
}

/** By the clock, and of the processor. */
export interface Length {
  readonly wall: number;
  readonly cpu: number;
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds, as are those below. */
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

const BUDGET = 16;
const REFRESH = 1e6 / 60;

/** @throws if the trace has no page that marked its answer. */
export function mainThreadOf(trace: Uint8Array): MainThread {
  const { traceEvents } = JSON.parse(new TextDecoder().decode(trace)) as {
    traceEvents: TraceEvent[];
  };
  const named = (name: string) => traceEvents.filter((event) => event.name === name);
  const marks = named(MARK);
  const { pid, tid } = marks[0] ?? { pid: -1, tid: -1 };
  const isOurs = (event: TraceEvent) => event.pid === pid && event.tid === tid;
  if (!named("thread_name").some((e) => isOurs(e) && e.args?.name === "CrRendererMain")) {
    throw new Error("the trace has no main thread with an answer");
  }
  const times = marks.map(({ ts }) => ts).sort((a, b) => a - b);
  const [begin, end] = [times[0], times[times.length - 1]];
  const isWithin = (event: TraceEvent) => isOurs(event) && event.ts >= begin && event.ts <= end;

  const tasks = named("RunTask").filter((event) => isWithin(event) && event.ph === "X");
  const wall = tasks.map(({ dur = 0 }) => dur / 1000);
  const cpu = tasks.map(({ tdur = 0 }) => tdur / 1000);
  const frames = named("FireAnimationFrame").filter(isWithin);
  const begins = [...new Set(frames.map(({ ts }) => ts))].sort((a, b) => a - b);
  const work = begins.map((at, frame) => {
    // A frame that comes late because the screen does has no more work for that.
    const since = Math.max(at - REFRESH, begins[frame - 1] ?? 0);
    const its = tasks.filter(
      ({ ts, dur = 0 }) => ts + dur > since && ts > (begins[frame - 1] ?? 0) && ts <= at,
    );
    return its.reduce((sum, { tdur = 0 }) => sum + tdur / 1000, 0);
  });
  const longest = tasks[cpu.indexOf(greatest(cpu))];
  const inside = traceEvents.filter(
    (event) => isOurs(event) && event.name !== "RunTask" && isInside(event, longest),
  );
  inside.sort((a, b) => (b.tdur ?? 0) - (a.tdur ?? 0));
  return {
    tasks: tasks.length,
    longest: { wall: greatest(wall), cpu: greatest(cpu) },
    over16: { wall: overBudget(wall), cpu: overBudget(cpu) },
    mostly: inside[0]?.name ?? "",
    busiestFrame: greatest(work),
    frames: work.length,
    framesOver16: overBudget(work),
    busy: cpu.reduce((sum, one) => sum + one, 0) / ((end - begin) / 1000),
  };
}

const isInside = ({ ts, dur = 0 }: TraceEvent, task: TraceEvent) =>
  ts >= task.ts && ts + dur <= task.ts + (task.dur ?? 0);
const greatest = (numbers: readonly number[]) => numbers.reduce((a, b) => Math.max(a, b), 0);
const overBudget = (numbers: readonly number[]) => numbers.filter((ms) => ms > BUDGET).length;
