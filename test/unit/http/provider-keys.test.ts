import { type JWTVerifyGetKey, jwtVerify } from "jose";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { UnavailableError } from "../../../src/errors.ts";
import { createProviderKeys, PROVIDER_KEYS_DEFAULTS } from "../../../src/http/provider-keys.ts";
import { type KeyProvider, prepareKeyProvider } from "../../support/key-provider.ts";
import { collectLogLines } from "../../support/log-lines.ts";

const { maxAgeMs, minIntervalMs } = PROVIDER_KEYS_DEFAULTS;
const holder = prepareKeyProvider();
let provider: KeyProvider;
let sign: ReturnType<KeyProvider["addKey"]>;

beforeEach(() => {
  provider = holder.current;
  sign = provider.addKey("first");
  // Time passes when a test says so.
  vi.useFakeTimers({ toFake: ["performance"] });
});

afterEach(() => {
  vi.useRealTimers();
});

const pass = (milliseconds: number) => vi.advanceTimersByTime(milliseconds);
const open = (options = {}) => {
  const { lines, logger } = collectLogLines();
  const keys = createProviderKeys(provider.url, logger, { ...PROVIDER_KEYS_DEFAULTS, ...options });
  return { keys, lines };
};
const verify = async (keys: JWTVerifyGetKey, token: Promise<string>) => jwtVerify(await token, keys);
const outcome = (keys: JWTVerifyGetKey, token: Promise<string>) =>
  verify(keys, token).then(
    () => "accepted",
    (error: unknown) => (error instanceof UnavailableError ? "unavailable" : String((error as Error).name)),
  );
const REFUSED = "JWKSNoMatchingKey";
const away = () => {
  provider.answer = (response) => response.writeHead(503).end();
};
const back = () => {
  provider.answer = (response) => provider.publish(response);
};

describe("the keys of a provider", () => {
  it("are fetched once, whatever comes at a time", async () => {
    const { keys } = open();
    await Promise.all(Array.from({ length: 50 }, () => verify(keys, sign())));
    for (let times = 0; times < 50; times += 1) await verify(keys, sign());
    expect(provider.asked).toBe(1);
  });

  it("are fetched again when they are old, and one that is withdrawn is no longer believed", async () => {
    const { keys } = open();
    await verify(keys, sign());
    provider.withdrawKey("first");
    pass(maxAgeMs - 1);
    expect(await outcome(keys, sign())).toBe("accepted");
    pass(1);
    expect(await outcome(keys, sign())).toBe(REFUSED);
    expect(provider.asked).toBe(2);
  });

  it("are fetched again for a key that is new", async () => {
    const { keys } = open();
    await verify(keys, sign());
    const signAnew = provider.addKey("second");
    pass(minIntervalMs);
    expect(await Promise.all([signAnew(), sign(), signAnew()].map((token) => outcome(keys, token)))).toEqual([
      "accepted",
      "accepted",
      "accepted",
    ]);
    expect(provider.asked).toBe(2);
  });

  it("are not asked for by forged tokens more than once in a while", async () => {
    const { keys } = open();
    await verify(keys, sign());
    for (let round = 1; round <= 3; round += 1) {
      pass(minIntervalMs);
      const forged = Array.from({ length: 100 }, (_, n) => outcome(keys, sign({}, { kid: `forged-${n}` })));
      expect(new Set(await Promise.all(forged))).toEqual(new Set([REFUSED]));
      expect(await outcome(keys, sign({}, { kid: "forged" }))).toBe(REFUSED);
      expect(provider.asked).toBe(1 + round);
    }
  });

  it("are told apart where several fit a token that names none", async () => {
    const { keys } = open();
    provider.addKey("second");
    expect(await outcome(keys, sign({}, { kid: undefined }))).toBe("JWKSMultipleMatchingKeys");
  });
});

describe("while the provider is away", () => {
  it("the keys that were had last go on serving, and it is warned of", async () => {
    const { keys, lines } = open();
    await verify(keys, sign());
    away();
    for (let round = 1; round <= 3; round += 1) {
      pass(maxAgeMs);
      for (let times = 0; times < 20; times += 1) expect(await outcome(keys, sign())).toBe("accepted");
      await vi.waitFor(() => expect(lines).toHaveLength(round));
      expect(provider.asked).toBe(1 + round);
    }
    expect(lines[0]).toMatchObject({ level: "WARN", message: "Signing keys cannot be fetched" });
    back();
    provider.withdrawKey("first");
    pass(minIntervalMs);
    await vi.waitFor(async () => expect(await outcome(keys, sign())).toBe(REFUSED));
  });

  it("nobody waits for it once that is known, and it is asked once at a time", async () => {
    const { keys, lines } = open({ timeoutMs: 2_000 });
    await verify(keys, sign());
    away();
    pass(maxAgeMs);
    expect(await outcome(keys, sign())).toBe("accepted");
    provider.answer = () => undefined;
    for (let times = 0; times < 3; times += 1) {
      pass(minIntervalMs);
      expect(await outcome(keys, sign())).toBe("accepted");
    }
    // It is still being asked: nothing more is known to have failed.
    expect(lines).toHaveLength(1);
    await vi.waitFor(() => expect(provider.asked).toBe(3));
  });

  it("a key that it alone could tell is unavailable, not refused", async () => {
    const { keys } = open();
    await verify(keys, sign());
    away();
    pass(minIntervalMs);
    expect(await outcome(keys, sign({}, { kid: "new" }))).toBe("unavailable");
  });

  it("and has never been there, nothing is known", async () => {
    away();
    const { keys } = open();
    expect(await Promise.all([sign(), sign()].map((token) => outcome(keys, token)))).toEqual([
      "unavailable",
      "unavailable",
    ]);
    expect(await outcome(keys, sign())).toBe("unavailable");
    expect(provider.asked).toBe(1);
    back();
    pass(minIntervalMs);
    expect(await outcome(keys, sign())).toBe("accepted");
  });

  it.each<[string, KeyProvider["answer"]]>([
    ["refuses connections", (response) => response.socket?.destroy()],
    ["breaks off", (response) => response.write('{"keys": [', () => response.socket?.destroy())],
    ["never answers", () => undefined],
    ["answers with something else", (response) => response.end("<html>")],
    ["answers with no keys", (response) => response.end('{"keys": 1}')],
    ["leads elsewhere", (response) => response.writeHead(302, { location: provider.url }).end()],
  ])("as one that %s", async (_, answer) => {
    provider.answer = answer;
    const { keys } = open({ timeoutMs: 200 });
    expect(await outcome(keys, sign())).toBe("unavailable");
    back();
    pass(minIntervalMs);
    expect(await outcome(keys, sign())).toBe("accepted");
    provider.answer = answer;
    pass(maxAgeMs);
    expect(await outcome(keys, sign())).toBe("accepted");
  });
});
