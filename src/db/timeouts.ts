/** How long a transaction may take over what. */
export interface TimeoutOptions {
  /**
   * Longest that a statement may run, in milliseconds, before the server ends it and it fails with a `TimeoutError`; 0 leaves
   * the limit of the role. A server that is silent for {@link PATIENCE_MS} more counts as gone. Default 30,000.
   */
  readonly statementMs?: number | undefined;
  /**
   * Longest that a transaction may wait for its next statement, in milliseconds, before the server ends its session and it
   * fails with a `TimeoutError`; 0 leaves the limit of the role. Default 60,000.
   */
  readonly idleInTransactionMs?: number | undefined;
}

export const TIMEOUT_DEFAULTS = {
  statementMs: 30_000,
  idleInTransactionMs: 60_000,
} as const satisfies Required<TimeoutOptions>;

/** Limits nothing. */
export const NO_TIMEOUTS = {
  statementMs: 0,
  idleInTransactionMs: 0,
} as const satisfies Required<TimeoutOptions>;

/** Milliseconds that the client waits for longer than the server, whose own refusal must arrive. */
export const PATIENCE_MS = 2000;

/** The statements that limit a transaction. Settings of its own, because poolers refuse them at the start of a session. */
export function timeoutSettings(options: TimeoutOptions): string[] {
  const { statementMs, idleInTransactionMs } = complete(options);
  const settings = {
    statement_timeout: statementMs,
    idle_in_transaction_session_timeout: idleInTransactionMs,
  };
  return Object.entries(settings)
    .filter(([, milliseconds]) => milliseconds > 0)
    .map(([name, milliseconds]) => `SET LOCAL ${name} = ${milliseconds}`);
}

/** Milliseconds of silence after which a server that was asked something counts as gone; 0: never. */
export function longestSilence(options: TimeoutOptions): number {
  const { statementMs } = complete(options);
  return statementMs === 0 ? 0 : statementMs + PATIENCE_MS;
}

function complete({
  statementMs,
  idleInTransactionMs,
}: TimeoutOptions): Record<keyof TimeoutOptions, number> {
  return {
    statementMs: statementMs ?? TIMEOUT_DEFAULTS.statementMs,
    idleInTransactionMs: idleInTransactionMs ?? TIMEOUT_DEFAULTS.idleInTransactionMs,
  };
}
