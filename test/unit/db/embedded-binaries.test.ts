import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findBinaries } from "../../../src/db/embedded/binaries.ts";
import { copyNativeTree, linkLibraries } from "../../../src/db/embedded/native-tree.ts";

let folder: string;
let native: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "servo-native-"));
  native = join(folder, "native");
  for (const name of ["bin", "lib"]) mkdirSync(join(native, name), { recursive: true });
  writeFileSync(join(native, "bin", "postgres"), "program", { mode: 0o700 });
  writeFileSync(join(native, "lib", "libpq.so.5.18"), "library", { mode: 0o600 });
  const links = ["native/lib/libpq.so", "native/lib/libpq.so.5"].map((target) => ({
    source: "native/lib/libpq.so.5.18",
    target,
  }));
  writeFileSync(join(native, "pg-symlinks.json"), JSON.stringify(links));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe("the binaries", () => {
  it("are found for this machine, with their version", () => {
    const { folder: found, version } = findBinaries();
    expect(existsSync(join(found, "bin", "postgres"))).toBe(true);
    expect(version).toMatch(/^18\./);
  });

  const foreign = process.platform === "linux" ? "darwin-arm64" : "linux-x64";
  const otherLinux = process.arch === "x64" ? "linux-arm64" : "linux-x64";
  it.each([
    ["a platform without a build", "sunos-x64", "there is no build for sunos-x64"],
    ["a system without glibc", otherLinux, "glibc"],
    ["a package that is not installed", foreign, foreign.startsWith("linux") ? "glibc" : "is not installed"],
  ])("refuse %s, and name the way out", (_, platform, reason) => {
    const refused = () => findBinaries(platform);
    expect(refused).toThrow(reason);
    expect(refused).toThrow("DATABASE_URL");
    expect(refused).toThrow(expect.objectContaining({ name: "EmbeddedServerError", problem: "unsupported" }));
  });

  it("get the names that their libraries are looked up by, once", () => {
    symlinkSync("libpq.so.5.18", join(native, "lib", "libpq.so"));
    expect(linkLibraries(native)).toBe(true);
    expect(linkLibraries(native)).toBe(true);
    for (const name of ["libpq.so", "libpq.so.5"]) {
      expect(readFileSync(join(native, "lib", name), "utf8")).toBe("library");
    }
  });

  it("are copied whole, linked, and readable by every user whatever their modes", async () => {
    const copy = join(folder, "cache", "postgresql-18");
    await Promise.all([copyNativeTree(native, copy), copyNativeTree(native, copy)]);
    await copyNativeTree(native, copy);
    expect(readFileSync(join(copy, "lib", "libpq.so.5"), "utf8")).toBe("library");
    const modes = ["", "bin", "bin/postgres", "lib/libpq.so.5.18"].map(
      (name) => statSync(join(copy, name)).mode & 0o777,
    );
    expect(modes).toEqual([0o755, 0o755, 0o755, 0o644]);
    expect(existsSync(join(native, "lib", "libpq.so.5"))).toBe(false);
  });
});
