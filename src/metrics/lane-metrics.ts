import type { Registry } from "./families.ts";

/** Where operations are executed: in the main thread, or in those for heavy ones. */
export type Lane = "main" | "heavy";

/** The operations of a lane, as they are now. */
export interface OperationLoad {
  readonly running: number;
  /** How many wait for their turn. */
  readonly waiting: number;
  /** Most that may run at once. */
  readonly slots: number;
  /** How many tenants have one that runs or waits. */
  readonly tenants: number;
}

/** The connections of a lane to the database, as they are now. */
export interface PoolLoad {
  readonly used: number;
  readonly idle: number;
  /** How many wait for one. */
  readonly waiting: number;
  /** Most that there may be. */
  readonly max: number;
}

/** What the lanes are busy with; of each as soon as somebody has said how that is read. */
export interface LaneMetrics {
  watchOperations(lane: Lane, read: () => OperationLoad): void;
  watchPool(lane: Lane, read: () => PoolLoad): void;
  /** @param read whether the circuit breaker of the main thread's pool lets nobody try; undefined: there is none */
  watchCircuit(read: () => boolean | undefined): void;
  /** @param read how many threads for heavy operations have failed */
  watchThreads(read: () => number): void;
}

export function addLaneMetrics(registry: Registry): LaneMetrics {
  const operations = new Map<Lane, () => OperationLoad>();
  const pools = new Map<Lane, () => PoolLoad>();
  let failedThreads = () => 0;
  let isCircuitOpen: () => boolean | undefined = () => undefined;

  const addOperations = (name: string, help: string, value: (load: OperationLoad) => number) =>
    registry.reading("gauge", { name, help, labels: ["lane"] }, () =>
      [...operations].map(([lane, read]) => [{ lane }, value(read())]),
    );
  addOperations("servo_graphql_operations_running", "Operations that run.", ({ running }) => running);
  addOperations(
    "servo_graphql_operations_waiting",
    "Operations that wait for a turn.",
    (load) => load.waiting,
  );
  addOperations("servo_graphql_operations_slots", "Operations that may run at once.", ({ slots }) => slots);
  addOperations(
    "servo_graphql_tenants_busy",
    "Tenants with an operation that runs or waits.",
    (load) => load.tenants,
  );

  registry.reading(
    "counter",
    { name: "servo_heavy_threads_failed_total", help: "Threads for heavy operations that failed." },
    () => [[{}, failedThreads()]],
  );

  const addPools = (name: string, help: string, value: (load: PoolLoad) => number) =>
    registry.reading("gauge", { name, help, labels: ["lane"] }, () =>
      [...pools].map(([lane, read]) => [{ lane }, value(read())]),
    );
  addPools("servo_db_pool_connections_used", "Connections that are in use.", ({ used }) => used);
  addPools("servo_db_pool_connections_idle", "Connections that are open and idle.", ({ idle }) => idle);
  addPools("servo_db_pool_connections_max", "Connections that may be open.", ({ max }) => max);
  addPools("servo_db_pool_waiting", "Operations that wait for a connection.", ({ waiting }) => waiting);

  registry.reading(
    "gauge",
    { name: "servo_db_circuit_open", help: "Whether the circuit breaker of the main thread is open." },
    () => {
      const isOpen = isCircuitOpen();
      return isOpen === undefined ? [] : [[{}, Number(isOpen)]];
    },
  );

  return {
    watchOperations: (lane, read) => void operations.set(lane, read),
    watchPool: (lane, read) => void pools.set(lane, read),
    watchCircuit(read) {
      isCircuitOpen = read;
    },
    watchThreads(read) {
      failedThreads = read;
    },
  };
}
