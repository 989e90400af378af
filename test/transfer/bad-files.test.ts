import { beforeAll, describe, expect, it } from "vitest";
import { ConflictError, NotFoundError } from "../../src/errors.ts";
import { readBatches, readHeader } from "../../src/transfer/format.ts";
import { InvalidFileError } from "../../src/transfer/invalid-file-error.ts";
import { newAsset, storeAsset, storeAssets, UNKNOWN_ID } from "../support/factories.ts";
import { present } from "../support/present.ts";
import { refusal } from "../support/refusal.ts";
import { storeGlobalRows, storeRichTenant } from "../support/rich-tenant.ts";
import { prepareStorage } from "../support/storage.ts";
import { prepareTransfer, storedDigest } from "../support/transfer.ts";

const storage = prepareStorage();
const transfer = prepareTransfer(storage);

type Fields = Record<string, unknown>;
type Change = (fields: Fields) => Fields;

/** A sound export: 3 assets (2 to 4), 2 workflows (5, 6), 3 executions (7 to 9), 4 dependencies (10 to 13), 3 past ones. */
let sound: string[];

beforeAll(async () => {
  await storeGlobalRows(storage);
  const tenant = storage.newTenant();
  await storeRichTenant(tenant);
  sound = await transfer.exported(tenant.id);
});

const read = (line: number): Fields => JSON.parse(present(sound[line - 1]));

/** The sound file with one line as another. */
function withLine(line: number, change: Change | string): string[] {
  const text = typeof change === "string" ? change : JSON.stringify(change(read(line)));
  return sound.with(line - 1, text);
}

const linesOf = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join("");

async function readAll(content: string | Buffer): Promise<number> {
  const path = transfer.file(content);
  await readHeader(path);
  let rows = 0;
  for await (const batch of readBatches(path)) rows += batch.rows.length;
  return rows;
}

const set =
  (field: string, value: unknown): Change =>
  (fields) => ({ ...fields, [field]: value });
const global = { globalName: "global calendar" };

describe("a file is refused, with the line and the field, before anything is stored:", () => {
  it.each<[string, () => string[], string | RegExp]>([
    [
      "of another format",
      () => withLine(1, set("format", "dbt")),
      'line 1: format must be "servo-storage tenant": the file is no export of a tenant',
    ],
    [
      "of another version",
      () => withLine(1, set("version", 2)),
      "line 1: version must be 1, the only one that this program reads",
    ],
    [
      "of a tenant that cannot be",
      () => withLine(1, set("tenant", "~global")),
      "line 1: tenant must be a tenant id",
    ],
    ["no JSON", () => withLine(3, "{"), "line 3: must be one JSON object"],
    ["a list", () => withLine(3, "[]"), "line 3: must be one JSON object"],
    ["an empty line", () => withLine(3, ""), "line 3: must be one JSON object"],
    [
      "a kind that nobody knows",
      () => withLine(3, set("kind", "user")),
      /^line 3: kind must be one of asset, workflow, execution, dependency, pastDependency, in this order, or end$/,
    ],
    ["a kind out of order", () => withLine(6, () => read(2)), /^line 6: kind must be one of/],
    ["a line twice", () => withLine(3, () => read(2)), "line 3: id must come after that of the line before"],
    [
      "a field that nobody knows",
      () => withLine(2, set("tenantId", "other")),
      "line 2: tenantId is not a field of this input",
    ],
    [
      "a field that is missing",
      () => withLine(2, set("createdBy", undefined)),
      "line 2: createdBy must be a string",
    ],
    ["a bad id", () => withLine(2, set("id", "1")), "line 2: id must be a UUID"],
    ["a NUL", () => withLine(2, set("name", "a\u0000b")), "line 2: name must not contain a NUL character"],
    [
      "a lone surrogate",
      () => withLine(2, set("owner", "\ud800")),
      /^line 2: owner must be well-formed Unicode/,
    ],
    ["a blank name", () => withLine(2, set("name", " ")), "line 2: name must not be blank"],
    [
      "a tag twice",
      () =>
        withLine(2, (row) => ({
          ...row,
          tags: [present((row.tags as Fields[])[0]), present((row.tags as Fields[])[0])],
        })),
      "line 2: tags[1].tag must not repeat",
    ],
    [
      "a time that is none",
      () => withLine(2, set("createdAt", "yesterday")),
      /^line 2: createdAt must be a date and time such as/,
    ],
    [
      "a month that is none",
      () => withLine(2, set("createdAt", "2026-13-01T00:00:00.000Z")),
      "line 2: createdAt must be a date and time",
    ],
    [
      "a change before the row was made",
      () => withLine(2, set("updatedAt", "2001-01-01T00:00:00.000Z")),
      "line 2: updatedAt must not be before createdAt",
    ],
    [
      "a partition of no kind",
      () => withLine(2, set("partitionConfig", { keys: ["a"] })),
      /^line 2: partitionConfig/,
    ],
    ["a version of none", () => withLine(5, set("version", 0)), "line 5: version must be at least 1"],
    ["an unknown state", () => withLine(7, set("state", "done")), /^line 7: state must be one of pending, /],
    [
      "a reference to nothing",
      () => withLine(7, set("workflow", {})),
      "line 7: workflow must be an object with id, or with globalName and version",
    ],
    [
      "a dependency on itself",
      () => withLine(10, (row) => ({ ...row, upstream: { id: row.downstreamAssetId } })),
      "line 10: downstreamAssetId must not be the upstream asset itself",
    ],
    [
      "nobody who asserts it",
      () => withLine(10, set("sources", [])),
      "line 10: sources must have at least one item",
    ],
    [
      "a span without length",
      () => withLine(14, (row) => ({ ...row, validTo: row.validFrom })),
      "line 14: validTo must be after validFrom",
    ],
    [
      "a line that was lost",
      () => sound.toSpliced(7, 1),
      "line 16: counts.execution must be 2, as many as the file has: lines were lost or added",
    ],
    [
      "no last line",
      () => sound.slice(0, -1),
      "the file is cut off: its last line, which counts the others, is missing",
    ],
    [
      "something after the last line",
      () => [...sound, "{}"],
      "line 18: must not follow the line that counts the others",
    ],
    ["an empty file", () => [], "the file is empty"],
  ])("%s", async (_, lines, message) => {
    const error = await refusal(readAll(linesOf(lines())), InvalidFileError);
    if (typeof message === "string") expect(error.message).toBe(message);
    else expect(error.message).toMatch(message);
    const tenant = storage.newTenant().id;
    await refusal(transfer.imported(tenant, lines()), InvalidFileError);
    expect(await storedDigest(storage, tenant)).toEqual(await storedDigest(storage, "nobody"));
  });

  it("wherever it is cut off", async () => {
    const whole = Buffer.from(linesOf(sound));
    // The line feed at its very end is no loss.
    expect(await readAll(whole.subarray(0, -1))).toBe(sound.length - 2);
    for (let length = 0; length < whole.length - 1; length += 97) {
      const error = await refusal(readAll(whole.subarray(0, length)), InvalidFileError);
      expect(error.message).toMatch(/cut off|the file is empty|must be one JSON object/);
    }
  });

  it("bytes that are not UTF-8", async () => {
    const bytes = Buffer.from(linesOf(sound));
    bytes[bytes.indexOf("report")] = 0xff;
    expect((await refusal(readAll(bytes), InvalidFileError)).message).toBe("line 4: must be UTF-8");
  });

  it("a line without end", async () => {
    const huge = Buffer.alloc(17 * 1024 * 1024, "x");
    const file = Buffer.concat([Buffer.from(`${sound[0]}\n`), huge]);
    expect((await refusal(readAll(file), InvalidFileError)).message).toBe(
      "line 2: must be at most 16777216 bytes long",
    );
  });
});

describe("a sound file is refused where it does not fit what is there", () => {
  it("when the tenant has another asset of a name, and nothing is stored", async () => {
    const tenant = storage.newTenant();
    await storeAsset(tenant, { name: "report" });
    const before = await storedDigest(storage, tenant.id);
    const error = await refusal(transfer.imported(tenant.id, sound), ConflictError);
    expect(error.message).toBe('line 4: there is an asset named "report" already, under another id');
    expect(await storedDigest(storage, tenant.id)).toEqual(before);
  });

  it("when the tenant has another version, run or dependency in the place of one", async () => {
    const tenant = storage.newTenant();
    await tenant.run(({ workflows }) => workflows.insert({ name: "nightly" }));
    const versions = await refusal(transfer.checked(tenant.id, sound), ConflictError);
    expect(versions.message).toBe(
      'line 5: there is version 1 of a workflow named "nightly" already, under another id',
    );

    const runner = storage.newTenant();
    await runner.run(async ({ workflows, executions }) => {
      const load = present(await workflows.findByName("global load", 2));
      await executions.insertOrGet({ workflowId: load.id, idempotencyKey: "2026-01-31" });
    });
    const runs = await refusal(transfer.checked(runner.id, sound), ConflictError);
    expect(runs.message).toMatch(
      /^line 8: there is an execution of the same workflow version with the idempotency key "2026-01-31" already/,
    );

    const linked = storage.newTenant();
    await transfer.imported(linked.id, sound);
    const edge = await linked.run(async ({ dependencies }) => {
      const [first] = await dependencies.list();
      const { id, upstreamAssetId, downstreamAssetId, dependencyType } = present(first);
      await dependencies.remove(id);
      return dependencies.insert({ upstreamAssetId, downstreamAssetId, dependencyType });
    });
    const edges = await refusal(transfer.checked(linked.id, sound), ConflictError);
    expect(edges.message).toMatch(
      new RegExp(`^line 1[0-3]: there is a dependency of the type ${edge.dependencyType} between`),
    );
  });

  it("when a row has changed since", async () => {
    const tenant = storage.newTenant();
    await transfer.imported(tenant.id, sound);
    await tenant.run(async ({ assets }) => {
      const report = present(await assets.findByName("report"));
      await assets.update(report.id, { tags: ["changed"] });
    });
    const error = await refusal(transfer.imported(tenant.id, sound), ConflictError);
    expect(error.message).toBe(
      'line 4: there is an asset named "report" under this id, which is not the same',
    );
  });

  it("when an id is that of a global row, which the tenant sees too", async () => {
    const { id } = await storeAsset(storage.system, newAsset());
    const lines = withLine(4, (row) => ({ ...row, id: id }));
    const error = await refusal(transfer.checked(storage.newTenant().id, lines), ConflictError);
    expect(error.message).toBe("line 4: id is that of a global asset");
  });

  it("when a name is in it twice", async () => {
    const lines = withLine(4, set("name", "revenue"));
    const error = await refusal(transfer.checked(storage.newTenant().id, lines), InvalidFileError);
    expect(error.message).toBe('line 4: must not be an asset named "revenue" once more');
  });

  it.each<[string, number, string, unknown, string]>([
    ["asset", 13, "upstream", { globalName: "no such" }, 'there is no global asset named "no such" here'],
    [
      "workflow",
      8,
      "workflow",
      { globalName: "global load", version: 9 },
      'there is no global workflow named "global load" with a version 9 here',
    ],
    ["past asset", 14, "upstream", { globalName: "none" }, 'there is no global asset named "none" here'],
  ])(
    "when a global %s that it refers to is missing, and nothing is stored",
    async (_, line, field, value, message) => {
      const tenant = storage.newTenant();
      const error = await refusal(
        transfer.imported(tenant.id, withLine(line, set(field, value))),
        NotFoundError,
      );
      expect(error.message).toBe(`line ${line}: ${message}`);
      expect(await storedDigest(storage, tenant.id)).toEqual(await storedDigest(storage, "nobody"));
    },
  );

  it("when a row refers to an asset that is not the tenant's: another tenant's and none are one answer", async () => {
    const other = storage.newTenant();
    const [foreign] = await storeAssets(other, ["foreign"]);
    for (const id of [present(foreign).id, UNKNOWN_ID]) {
      const tenant = storage.newTenant();
      const error = await refusal(
        transfer.imported(tenant.id, withLine(10, set("upstream", { id }))),
        NotFoundError,
      );
      expect(error.message).toBe(`line 10: the asset ${id} is neither in the file nor the tenant's`);
      // What came before stays, and the sound file brings the rest.
      await transfer.imported(tenant.id, sound);
      expect((await transfer.exported(tenant.id)).slice(1)).toEqual(sound.slice(1));
    }
    expect((await transfer.exported(other.id)).length).toBe(3);
  });

  it("but not where the ids are another tenant's: a tenant is part of every key", async () => {
    const tenant = storage.newTenant();
    const summary = await transfer.imported(tenant.id, withLine(13, set("upstream", global)));
    expect(summary.get("assets")).toEqual({ stored: 3, present: 0 });
  });
});
