// How these programs talk with the test that started them. Lines of JSON: addresses for the browser go out, the address
// where it ended comes back in; the last line out is what was found.

import { createInterface } from "node:readline";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

/** What the test wants to tell. */
export const hear = async () => JSON.parse((await lines.next()).value);

/** Send the person's browser there. Returns where it would go next. */
export async function visit(url) {
  say({ open: String(url) });
  return (await hear()).at;
}

/** Tell what was found, and end. */
export function tell(found) {
  say(found);
  process.stdin.destroy();
}

/** Why this is refused: an error code; null when it is not. */
export async function refusal(attempt) {
  try {
    await attempt();
    return null;
  } catch (error) {
    return error.error ?? error.code ?? String(error);
  }
}
