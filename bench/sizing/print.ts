import type { Replica, Sizing } from "./run.ts";
import type { RowSize } from "./storage.ts";

const GIGABYTE = 1_073_741_824;

/** Two Markdown tables: what rows take, and what replicas take. */
export function printSizing({ rows, replicas }: Sizing): string {
  return [
    "| row | bytes, indexes included | rows in 1 GB |",
    "| --- | --- | --- |",
    ...rows.map(rowOf),
    "",
    "| `POOL_MAX` | connections | assets by id, per second | cores | MB when ready | after that load | after lineages of 10,000 nodes |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...replicas.map(replicaOf),
  ].join("\n");
}

function rowOf({ kind, bytesPerRow }: RowSize): string {
  const millions = (GIGABYTE / bytesPerRow / 1_000_000).toFixed(1);
  return `| ${kind} | ${Math.round(bytesPerRow)} | ${millions} million |`;
}

function replicaOf({ poolMax, connections, answersPerSecond, cores, megabytes }: Replica): string {
  const memory = [megabytes.idle, megabytes.light, megabytes.heavy].map((each) => each.toFixed(0));
  return `| ${[poolMax, connections, answersPerSecond.toFixed(0), cores.toFixed(1), ...memory].join(" | ")} |`;
}
