// The key of a trusted browser: P-256, made here, kept in IndexedDB, never exportable. It signs the password page's
// challenge, so that a stolen cookie alone is not this device. Spec: W3C Web Cryptography (ECDSA, non-extractable keys).
// Where any of it is missing the forms work without: trust rests on the cookie for a shorter time.

const CONTEXT = new TextEncoder().encode("gerege trusted device\0");
const ECDSA = { name: "ECDSA", namedCurve: "P-256" };

function asked(request) {
  return new Promise((done, failed) => { request.onsuccess = () => done(request.result); request.onerror = () => failed(request.error); });
}

async function shelf(mode) {
  const opening = indexedDB.open("gerege-device", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("keys");
  return (await asked(opening)).transaction("keys", mode).objectStore("keys");
}

async function own(make) {
  const kept = await asked((await shelf("readonly")).get("own"));
  if (kept || !make) return kept;
  const pair = await crypto.subtle.generateKey(ECDSA, false, ["sign", "verify"]);
  await asked((await shelf("readwrite")).put(pair, "own"));
  return pair;
}

const hex = (bytes) => Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
const bytes = (text) => Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));

async function sign(field) {
  const pair = await own(false);
  if (!pair) return;
  const challenge = bytes(field.dataset.deviceChallenge);
  const told = new Uint8Array([...CONTEXT, ...challenge]);
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, told);
  field.value = `${hex(challenge)}.${hex(new Uint8Array(signature))}`;
}

async function offer(box) {
  const field = box.form.elements.device_key;
  if (!box.checked) { field.value = ""; return; }
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", (await own(true)).publicKey);
  field.value = JSON.stringify({ kty, crv, x, y });
}

const silent = () => {}; // the page works without a key
if (window.indexedDB && window.crypto?.subtle) {
  for (const field of document.querySelectorAll("[data-device-challenge]")) sign(field).catch(silent);
  for (const box of document.querySelectorAll('input[name="remember"]')) {
    box.addEventListener("change", () => offer(box).catch(silent));
    if (box.checked) offer(box).catch(silent);
  }
}
