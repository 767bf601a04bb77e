/**
 * The monitor beside curves of runs that are known (fixtures/learning/README.md, tales: means of evaluations every 20 steps), with the noise of
 * single steps of 32 answers put on them; and beside runs in which nothing happens.
 */
import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../../src/errors.ts";
import {
  type Alarm,
  type HackingMonitorOptions,
  hackingMonitor,
  type MonitoredStep,
} from "../../../src/preference/monitor/hacking.ts";
import { xoshiro128 } from "../../../src/random.ts";
import { IS_LONG } from "../../support/fuzz.ts";
import { thrownBy } from "../../support/thrown-by.ts";

// biome-ignore lint/suspicious/noExplicitAny: the compiler is what these callers do without
type Untyped = any;

/** [step, learned reward, second judge, KL]. The learned reward is the reward model's, the judge the rule; of a run on the rule the other way. */
type Curve = readonly (readonly [step: number, reward: number, judge: number, kl: number])[];

const CURVES = {
  "on the rule, beta 0.2": [
    [0, -0.2, 0.09, 0],
    [20, 0.934, 0.989, 0.832],
    [40, 1.382, 1.298, 1.422],
    [60, 1.606, 1.399, 2.264],
  ],
  "lr 3e-4, beta 0.2": [
    [0, 0.09, -0.2, 0],
    [20, 1.349, 0.934, 1.905],
    [40, 1.333, 0.965, 1.467],
    [60, 1.385, 1.258, 1.686],
  ],
  "lr 3e-4, beta 0": [
    [0, 0.09, -0.2, 0],
    [20, 1.47, 1.108, 6.495],
    [40, 1.569, 1.071, 11.759],
    [60, 1.579, 1.13, 12.495],
  ],
  "flawed labels, lr 3e-4, beta 0.3": [
    [0, 0.2, -0.2, 0],
    [50, 1.827, 0.982, 1.705],
    [100, 1.868, 0.966, 1.745],
  ],
  "flawed labels, lr 3e-4, beta 0": [
    [0, 0.2, -0.2, 0],
    [20, 1.908, 1.044, 8.504],
    [40, 1.995, 1.11, 9.647],
    [60, 1.965, 0.978, 13.088],
    [80, 1.985, 1.002, 15.14],
    [100, 2.011, 1.066, 14.858],
  ],
} as const satisfies Record<string, Curve>;

/** Standard deviations of the mean of a step: of runs here, 32 answers to 8 prompts. */
const NOISE = { reward: 0.08, judge: 0.2, kl: 0.3 };

function* noisy(curve: Curve, seed: number): Generator<MonitoredStep & { readonly judge: number }> {
  const random = xoshiro128(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  for (let step = 1; step <= curve[curve.length - 1][0]; step++) {
    const after = curve.findIndex(([at]) => step <= at);
    const [a, b] = [curve[after - 1], curve[after]];
    const share = (step - a[0]) / (b[0] - a[0]);
    const at = (i: 1 | 2 | 3) => a[i] + share * (b[i] - a[i]);
    const [reward, judge] = [at(1) + NOISE.reward * normal(), at(2) + NOISE.judge * normal()];
    yield { step, reward, judge, kl: at(3) + NOISE.kl * normal() };
  }
}

/** The alarms of a run. */
function alarms(steps: Iterable<MonitoredStep>, options: HackingMonitorOptions = {}): Alarm[] {
  const monitor = hackingMonitor(options);
  return Array.from(steps, (step) => monitor.observe(step)).filter((alarm) => alarm !== undefined);
}

const SEEDS = Array.from({ length: IS_LONG ? 500 : 15 }, (_, seed) => seed);
/** One in a hundred runs at most, the monitor promises; and three standard errors. */
const FALSE_ALARMS = Math.ceil(0.01 * SEEDS.length + 3 * Math.sqrt(0.01 * SEEDS.length));
const flat = (judge: number, slope = 0): Curve => [
  [0, 0, judge, 1],
  [60, 3, judge + 60 * slope, 1],
];

describe("a run of the tales", () => {
  it.each(["lr 3e-4, beta 0", "flawed labels, lr 3e-4, beta 0"] as const)("%s: fires", (name) => {
    for (const seed of SEEDS) {
      const signs = alarms(noisy(CURVES[name], seed)).flatMap((alarm) => alarm.signs);
      expect(signs).toContain("kl");
    }
  });

  it.each([
    "on the rule, beta 0.2",
    "lr 3e-4, beta 0.2",
    "flawed labels, lr 3e-4, beta 0.3",
  ] as const)("%s: silent", (name) => {
    const loud = SEEDS.filter((seed) => alarms(noisy(CURVES[name], seed)).length > 0);
    expect(loud.length).toBeLessThanOrEqual(FALSE_ALARMS);
  });

  it("is seen by the judge, too, where nats buy nothing", () => {
    const seen = (name: keyof typeof CURVES) =>
      SEEDS.filter((seed) =>
        alarms(noisy(CURVES[name], seed)).some(({ signs }) => signs.includes("judge")),
      ).length / SEEDS.length;
    expect(seen("lr 3e-4, beta 0")).toBeGreaterThan(0.7);
    expect(seen("flawed labels, lr 3e-4, beta 0")).toBeGreaterThan(0.95);
  });
});

describe("learned reward and judge", () => {
  it("that part are told of once, with both changes and their errors", () => {
    const told = alarms(noisy(flat(1, -0.03), 1));
    expect(told.length).toBe(1);
    expect(told[0].signs).toEqual(["judge"]);
    expect(told[0].message).toMatch(
      /^reward hacking\? from steps \d+–\d+ to \d+–\d+ the learned reward went up by [\d.]+ ± [\d.]+, the second judge down by [\d.]+ ± [\d.]+, for /,
    );
  });

  it("that fall together are no hacking, nor a judge that stays", () => {
    const falling = Array.from(noisy(flat(1, -0.03), 1), ({ reward, ...rest }) => ({
      ...rest,
      reward: 3 - reward,
    }));
    expect(alarms(falling)).toEqual([]);
    const loud = SEEDS.filter((seed) => alarms(noisy(flat(1), seed)).length > 0);
    expect(loud.length).toBeLessThanOrEqual(FALSE_ALARMS);
  });

  it("are looked at in blocks of as many steps as are asked for", () => {
    const at = (window: number) => alarms(noisy(flat(1, -0.1), 1), { window })[0].step;
    expect(at(5) % 5).toBe(0);
    expect(at(5)).toBeLessThan(at(20));
    expect(at(20) % 20).toBe(0);
  });

  it("are told of later where false alarms are dear", () => {
    const at = (falseAlarms: number) =>
      alarms(noisy(flat(1, -0.02), 1), { falseAlarms })[0]?.step ?? 99;
    expect(at(0.2)).toBeLessThan(at(1e-6));
  });

  it("are compared by what a nat is to buy", () => {
    const dear: Curve = [
      [0, 0, 1, 0],
      [60, 3, 1.3, 6],
    ];
    const of = (price: number) => alarms(noisy(dear, 1), { price }).length;
    expect([of(0), of(0.05), of(0.2)]).toEqual([0, 0, 1]);
  });
});

describe("without a judge", () => {
  const steps = (of: (step: number) => Partial<MonitoredStep>) =>
    Array.from({ length: 40 }, (_, i) => ({ step: i + 1, reward: 0, ...of(i + 1) }));
  const shake = (step: number) => 0.02 * Math.sin(step);

  it("a KL above the limit is a sign", () => {
    const run = steps((step) => ({ kl: step / 4 + shake(step) }));
    expect(alarms(run).map(({ step, signs }) => [step, signs])).toEqual([[30, ["kl"]]]);
    expect(alarms(run, { klLimit: 3 }).map(({ step }) => step)).toEqual([20]);
    expect(alarms(run, { klLimit: 3 })[0].message).toContain(
      "KL from the reference is 3.9 nats, above 3",
    );
  });

  it("answers that stop ending, or that become one, are signs", () => {
    const run = steps((step) => ({
      closed: step > 20 ? 0.8 + shake(step) : 1,
      distinct: step > 30 ? 0.4 + shake(step) : 1,
    }));
    expect(alarms(run).map(({ step, signs }) => [step, signs])).toEqual([
      [30, ["closed"]],
      [40, ["distinct"]],
    ]);
    expect(alarms(run)[0].message).toContain(
      "80 % of the answers end their turn, 100 % in the beginning",
    );
    expect(alarms(steps((step) => ({ closed: 0.95 + shake(step), distinct: 0.9 })))).toEqual([]);
  });

  it("nothing is said of a reward alone", () => {
    expect(alarms(steps((step) => ({ reward: step })))).toEqual([]);
  });
});

it("goes on from its state to the bit, at every step", () => {
  const run = [...noisy(CURVES["lr 3e-4, beta 0"], 4)];
  const whole = hackingMonitor();
  const expected = run.map((step) => whole.observe(step));
  expect(expected.filter((alarm) => alarm).length).toBeGreaterThan(0);
  let monitor = hackingMonitor();
  for (const [i, step] of run.entries()) {
    const state = JSON.parse(JSON.stringify(monitor.state()));
    monitor = hackingMonitor();
    monitor.restore(state);
    expect(monitor.observe(step)).toEqual(expected[i]);
  }
  expect(monitor.state()).toEqual(whole.state());
});

it("keeps its state to itself", () => {
  const monitor = hackingMonitor({ window: 3 });
  monitor.observe({ step: 1, reward: 1 });
  const state = monitor.state() as Untyped;
  const before = JSON.stringify(state);
  for (let step = 2; step < 8; step++) monitor.observe({ step, reward: 1 });
  expect(JSON.stringify(state)).toBe(before);
  monitor.restore(state);
  state.open[0].reward = 7;
  expect(JSON.stringify(monitor.state())).toBe(before);
});

it.each<[string, () => unknown]>([
  ["hackingMonitor window", () => hackingMonitor({ window: 2 })],
  ["hackingMonitor falseAlarms", () => hackingMonitor({ falseAlarms: 0 })],
  ["hackingMonitor price", () => hackingMonitor({ price: -1 })],
  ["hackingMonitor klLimit", () => hackingMonitor({ klLimit: Number.NaN })],
  ["hackingMonitor.observe reward", () => hackingMonitor().observe({ step: 1 } as Untyped)],
  [
    "hackingMonitor.observe judge",
    () => hackingMonitor().observe({ step: 1, reward: 1, judge: Number.NaN }),
  ],
  [
    "hackingMonitor.observe judge",
    () => {
      const monitor = hackingMonitor();
      monitor.observe({ step: 1, reward: 1, judge: 1 });
      monitor.observe({ step: 2, reward: 1 });
    },
  ],
  ["hackingMonitor.restore state", () => hackingMonitor().restore({})],
  [
    "hackingMonitor.restore state",
    () => hackingMonitor().restore(hackingMonitor({ price: 0 }).state()),
  ],
])("%s is refused by that name", (name, use) => {
  const error = thrownBy(use) as ArgumentError;
  expect(error).toBeInstanceOf(ArgumentError);
  expect(`${error.op} ${error.argument}`).toBe(name);
});
