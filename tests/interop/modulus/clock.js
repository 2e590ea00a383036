// A clock for programs that are not ours: CLOCK_SCALE of their seconds pass in one second of the wall.
// node --require ./clock.js program.js

const scale = Number(process.env.CLOCK_SCALE || 1);

for (const name of ['setTimeout', 'setInterval']) {
  const real = globalThis[name];
  globalThis[name] = (callback, delay, ...rest) => real(callback, delay / scale, ...rest);
}
