/**
 * What has been measured, and what is being measured. Differences are those of one text and model; a speed is one of
 * the model, whatever the text.
 * @module
 */
import { batch, computed, signal } from "@preact/signals";
import { overview } from "../../answers.ts";
import { get, stop } from "../../asked.ts";
import { type ModelState, shownModel } from "../../model.ts";
import { backend, precision, refuse } from "../../state.ts";
import { type Difference, nameOf, type Part, WAYS, type Way } from "./question.ts";

type ByWay<T> = ReadonlyMap<string, T>;

const found = signal<ByWay<Difference>>(new Map());
export const speeds = signal<ByWay<number>>(new Map());
/** Ways that cannot be gone on this machine, and why. */
export const absences = signal<ByWay<string>>(new Map());
export const running = signal<"differences" | "speed" | undefined>(undefined);

/** What the numbers were measured with. */
const measured = signal<{ model?: ModelState; prompt?: string }>({});
export const isCurrent = computed(
  () =>
    measured.value.prompt === overview.value.prompt && measured.value.model === shownModel.value,
);

/** Those of the text and the model that are shown: none of another. */
export const differences = computed(() =>
  isCurrent.value ? found.value : (new Map() as ByWay<Difference>),
);

/** Whether nothing is left to be compared. */
export const isWhole = computed(() => differences.value.size + absences.value.size >= WAYS.length);

/** The way that is looked at: that of the link, or the one that rounds most. */
export const chosenWay = computed((): number => {
  const [be, prec] = [backend.value, precision.value];
  if (be === undefined && prec === undefined) return 2;
  return WAYS.findIndex(
    (way) => way.backend === (be ?? "cpu") && (!prec || way.precision === prec),
  );
});

/** A link may name what the library has not. */
export function checkLink(): void {
  if (chosenWay.peek() >= 0) return;
  const [be, prec] = [backend.peek(), precision.peek()];
  const names = [...new Set(WAYS.map((way) => way.backend))];
  const isThere = be === undefined || names.some((name) => name === be);
  if (!isThere) refuse("backend", `there are ${names.join(", ")}`);
  if (prec === undefined || chosenWay.peek() >= 0) return;
  const own = (WAYS as readonly Way[]).filter((way) => way.backend === (backend.peek() ?? "cpu"));
  const known = own.map((way) => way.precision).join(", ");
  refuse("precision", `${backend.peek() ?? "cpu"} computes in ${known}`);
}

export async function measure(what: "differences" | "speed"): Promise<void> {
  const { prompt: asked } = overview.peek();
  const model = shownModel.peek();
  const mine = ++latest;
  batch(() => {
    running.value = what;
    if (measured.peek().model !== model) {
      speeds.value = new Map();
      absences.value = new Map();
    }
    if (!isCurrent.peek()) found.value = new Map();
    measured.value = { model, prompt: asked };
  });
  await get("precision", { prompt: asked, what }, () => {}, take);
  if (mine === latest) running.value = undefined; // else another one is under way
}

let latest = 0;

export function stopMeasuring(): void {
  stop("precision");
  running.value = undefined;
}

function take(part: Part): void {
  if (part.kind === "absent") absences.value = withOne(absences, part.way, part.why);
  else if (part.kind === "speed") speeds.value = withOne(speeds, part.way, part.perSecond);
  else found.value = withOne(found, part.way, part.difference);
}

const withOne = <T>({ value }: { value: ByWay<T> }, way: string, one: T) =>
  new Map(value).set(way, one);

export const nameAt = (index: number): string => nameOf(WAYS[index]);
