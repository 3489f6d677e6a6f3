// How these programs talk with the test that started them. Lines of JSON: errands for the person go out, what came of
// them comes back in; the last line out is what was found.

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

/** Send a person there who gives this answer where one is asked for. Returns how that went. */
export async function open(url, answer) {
  say({ open: String(url), answer });
  return (await hear()).at;
}

/** Have the person open an address and answer nothing. Returns { status, at }. */
export async function look(url) {
  say({ look: String(url) });
  return hear();
}

/** Have the person allow a device at the address that it shows. Returns what the last page says. */
export async function allowDevice(url) {
  say({ device: String(url) });
  return (await hear()).text;
}

/** Have the person allow what waits with this binding message. Returns what the last page says. */
export async function approve(message) {
  say({ approve: message });
  return (await hear()).text;
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
