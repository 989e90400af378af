const numbers = ["x", "-1", "1.5", "1e3", " 1", "0x10", "99999999999"];
const flags = ["true", "yes", "2", "01"];
const urls = ["localhost/servo", "mysql://a:b@localhost/servo", "postgres://u:100%@localhost/servo"];

/** Values that a variable may not have. What is not named here is free text, which later steps judge. */
export const WRONG_VALUES: Readonly<Record<string, readonly string[]>> = {
  PORT: [...numbers, "65536"],
  DATABASE_URL: urls,
  DATABASE_OWNER_URL: urls,
  AUTH_MODE: ["none", "HEADER"],
  ALLOW_INSECURE_HEADER_AUTH: flags,
  MIGRATE_ON_START: flags,
  LOG_LEVEL: ["verbose", "INFO"],
  LOG_FORMAT: ["text", "JSON"],
  SLOW_OPERATION_MS: numbers,
  POOL_MAX: [...numbers, "0", "1001"],
  POOL_MIN: [...numbers, "11"],
  POOL_ACQUIRE_TIMEOUT_MS: [...numbers, "0"],
  POOL_IDLE_TIMEOUT_MS: numbers,
  POOL_MAX_LIFETIME_MS: numbers,
  RETRY_ATTEMPTS: [...numbers, "0", "21"],
  RETRY_MIN_DELAY_MS: numbers,
  RETRY_MAX_DELAY_MS: numbers,
  RETRY_ON: ["everything", "lock,", "lock,everything"],
  MAX_BODY_BYTES: [...numbers, "1023"],
  SHUTDOWN_TIMEOUT_MS: numbers,
};

/** Variables of which any text is right as far as its form goes. */
export const FREE_TEXT: readonly string[] = ["HOST", "DATA_DIR", "NODE_ENV"];
