import fc from 'fast-check';
import { EVENTS } from '../src/synthetic/events.js';
import { type DatasetPlanOptions, planDataset, type VideoPlan } from '../src/synthetic/plan.js';
import { createRenderer } from '../src/synthetic/render.js';
import { renderSound } from '../src/synthetic/sound.js';

const base: DatasetPlanOptions = {
  videos: { train: 4, test: 5 },
  seconds: 6,
  seed: 1,
  width: 64,
  height: 48,
  fps: 24,
  sampleRate: 8000,
};
const options = fc.record({
  seed: fc.nat(0xffffffff),
  seconds: fc.double({ min: 2, max: 40, noNaN: true }),
  fps: fc.constantFrom(12, 24, 25, 30),
});

describe('planDataset', () => {
  test('gives the same plans for the same options', () => {
    fc.assert(
      fc.property(options, (some) => {
        expect(planDataset({ ...base, ...some })).toEqual(planDataset({ ...base, ...some }));
      }),
      { numRuns: 20 },
    );
  });

  test('another seed gives other videos; more videos leave the others as they are', () => {
    const [first] = planDataset(base);
    expect(planDataset({ ...base, seed: 2 })[0]!.scene).not.toEqual(first!.scene);
    const { scene } = planDataset({ ...base, videos: { train: 40, test: 2 } })[0]!;
    expect(scene).toEqual(first!.scene);
  });

  test('names tell the label, half of the training and three fifths of the test videos are anomalous', () => {
    const plans = planDataset({ ...base, videos: { train: 10, test: 10 } });
    for (const { id, label } of plans) {
      expect(id).toMatch(/^(.+)__#1_label_(A|(?:B1|B6|G)(?:-(?:B1|B6|G|0)){2})$/);
      expect(id.includes('_label_A')).toBe(label === 0);
    }
    const share = (split: string) => plans.filter((plan) => plan.split === split && plan.label === 1).length;
    expect([share('train'), share('test')]).toEqual([5, 6]);
    expect(new Set(plans.map(({ id }) => id)).size).toBe(20);
  });

  test('events fit into the video, do not overlap, and only anomalous videos have anomalies', () => {
    fc.assert(
      fc.property(options, (some) => {
        for (const { events, frames, label, intervals } of planDataset({ ...base, ...some })) {
          events.forEach((event, i) => {
            expect(event.start).toBeGreaterThanOrEqual(i === 0 ? 0 : events[i - 1]!.end);
            expect(event.end).toBeGreaterThan(event.start);
            expect(event.end).toBeLessThanOrEqual(frames);
            expect(event.seen || event.heard).toBe(true);
            expect(event.anomalous).toBe(EVENTS[event.kind].anomaly !== null);
            // An everyday event reaches one sense only: neither modality alone tells it from an anomaly.
            if (!event.anomalous) expect(event.seen).not.toBe(event.heard);
          });
          expect(intervals).toEqual(events.filter((e) => e.anomalous).map(({ start, end }) => [start, end]));
          expect(intervals.length > 0).toBe(label === 1);
        }
      }),
      { numRuns: 20 },
    );
  });

  test('anomalies are seen and heard, only seen, or only heard', () => {
    const plans = planDataset({ ...base, videos: { train: 200, test: 2 } });
    const anomalies = plans.flatMap(({ events }) => events.filter(({ anomalous }) => anomalous));
    const share = (seen: boolean, heard: boolean) =>
      anomalies.filter((event) => event.seen === seen && event.heard === heard).length / anomalies.length;
    // Three standard deviations of a share of 100 or more.
    expect(Math.abs(share(true, true) - 0.5)).toBeLessThan(0.15);
    expect(Math.abs(share(true, false) - 0.25)).toBeLessThan(0.13);
    expect(Math.abs(share(false, true) - 0.25)).toBeLessThan(0.13);
  });
});

/** A video with one event of the kind, and the same one without it. */
function withAndWithout(kind: VideoPlan['events'][number]['kind']): { plan: VideoPlan; without: VideoPlan } {
  const [plan] = planDataset({ ...base, seconds: 3 });
  const { seen, heard } = EVENTS[kind];
  const [x, y] = [0.5, 0.8];
  const event = {
    kind,
    start: 20,
    end: 50,
    anomalous: true,
    seen,
    heard,
    visible: 1,
    audible: 1,
    x,
    y,
    seed: 7,
  };
  const calm = { ...plan!, actors: [], events: [] };
  return { plan: { ...calm, events: [event] }, without: calm };
}

describe('rendering', () => {
  test('a picture depends on plan and index alone, not on the order of the calls', () => {
    const plan = planDataset(base).find(({ label }) => label === 1)!;
    const forwards = createRenderer(plan);
    const pictures = [0, 17, 40, 143].map(forwards);
    const backwards = createRenderer(plan);
    expect([143, 40, 17, 0].map(backwards).reverse()).toEqual(pictures);
  });

  test.each(['explosion', 'camera-flash', 'lights', 'passer-by'] as const)(
    '%s is seen in its frames only',
    (kind) => {
      const { plan, without } = withAndWithout(kind);
      const [render, calm] = [createRenderer(plan), createRenderer(without)];
      const differs = (index: number) => Buffer.compare(render(index).data, calm(index).data) !== 0;
      expect([0, 19, 50, 71].map(differs)).toEqual([false, false, false, false]);
      expect(differs(21)).toBe(true);
    },
  );

  test('a brawl differs from play in its frames only, and there it is wilder', () => {
    const { plan } = withAndWithout('brawl');
    const still = { ...plan, scene: { ...plan.scene, noise: 0, shake: 0 } };
    const brawl = createRenderer(still);
    const play = createRenderer({
      ...still,
      events: still.events.map((event) => ({ ...event, kind: 'play' })),
    });
    expect([0, 19, 50, 71].map(brawl)).toEqual([0, 19, 50, 71].map(play));
    const motion = (render: typeof brawl) => {
      let sum = 0;
      for (let i = 20; i < 49; i++) {
        const [a, b] = [render(i).data, render(i + 1).data];
        for (let j = 0; j < a.length; j++) sum += Math.abs(a[j]! - b[j]!);
      }
      return sum;
    };
    expect(motion(brawl)).toBeGreaterThan(1.5 * motion(play));
  });

  test.each(['explosion', 'brawl', 'crash', 'door-slam', 'call', 'thunder', 'horn'] as const)(
    '%s is heard in its frames only',
    (kind) => {
      const { plan, without } = withAndWithout(kind);
      const [samples] = renderSound(plan).channels;
      const [calm] = renderSound(without).channels;
      const [start, end] = [20, 50].map((frame) => Math.round((frame * 8000) / 24)) as [number, number];
      expect(samples!.subarray(0, start)).toEqual(calm!.subarray(0, start));
      expect(samples!.subarray(end)).toEqual(calm!.subarray(end));
      const loudest = (part: Float32Array) => part.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
      expect(loudest(samples!.subarray(start, end))).toBeGreaterThan(0.3);
    },
  );

  test('events that are not seen leave no trace in the pictures, events that are not heard none in the sound', () => {
    for (const kind of ['explosion', 'brawl', 'crash'] as const) {
      const { plan, without } = withAndWithout(kind);
      const hidden = { ...plan, events: plan.events.map((event) => ({ ...event, seen: false })) };
      const mute = { ...plan, events: plan.events.map((event) => ({ ...event, heard: false })) };
      expect(createRenderer(hidden)(30)).toEqual(createRenderer(without)(30));
      expect(renderSound(mute)).toEqual(renderSound(without));
    }
  });

  test('sound is as long as the pictures and within [-1, 1]', () => {
    for (const plan of planDataset({ ...base, fps: 25, seconds: 3.3 })) {
      const { sampleRate, channels } = renderSound(plan);
      expect(channels.map(({ length }) => length)).toEqual([Math.round((plan.frames * sampleRate) / 25)]);
      expect(channels[0]!.every((sample) => Math.abs(sample) <= 1)).toBe(true);
    }
  });
});
