import { wrongPublicKeys } from "./wrong-keys.ts";

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
  JWT_JWKS_URL: [
    ...["keys", "http://id.example/keys", "http://127.0.0.1.example/keys", "ftp://id.example/keys"],
    ...["https://user:password@id.example/keys", "file:///keys"],
  ],
  JWT_PUBLIC_KEY: wrongPublicKeys(),
  JWT_SECRET: ["secret", "x".repeat(31), "é".repeat(15)],
  JWT_ALGORITHMS: ["none", "RS256,none", "RS256,", "rs256", "RSA-OAEP"],
  JWT_ISSUER: [",", "https://id.example/,", " "],
  JWT_AUDIENCE: [",", "a,,b", " "],
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
  TENANT_MAX_CONCURRENCY: [...numbers, "0", "1001"],
  TENANT_MAX_WAITING: [...numbers, "1000001"],
  HEAVY_WORKERS: [...numbers, "65"],
  MAX_BODY_BYTES: [...numbers, "1023"],
  MAX_TOKENS: [...numbers, "99"],
  MAX_DEPTH: [...numbers, "0", "201"],
  MAX_ALIASES: numbers,
  MAX_DIRECTIVES: numbers,
  MAX_LIST_ITEMS: [...numbers, "0"],
  MAX_IDS_PER_LOOKUP: [...numbers, "0", "1001"],
  MAX_ENTITIES_PER_LOOKUP: [...numbers, "0", "10001"],
  MAX_COST: [...numbers, "0"],
  MAX_OPERATIONS_PER_REQUEST: [...numbers, "0", "101"],
  REQUEST_TIMEOUT_MS: [...numbers, "0"],
  HEADERS_TIMEOUT_MS: [...numbers, "0", "30001"],
  KEEP_ALIVE_TIMEOUT_MS: [...numbers, "0"],
  CORS_ORIGINS: [
    ...["*", "null", "ui.example", "ftp://ui.example", "https://ui.example/", "https://ui.example/path"],
    ...["https://UI.example", "https://ui.example:443", "https://*.example", "https://ui.example,"],
  ],
  INTROSPECTION: flags,
  FIELD_SUGGESTIONS: flags,
  GRAPHIQL: flags,
  TRUSTED_DOCUMENTS_ONLY: [...flags, "1"],
  METRICS_PORT: [...numbers, "65536"],
  SHUTDOWN_DELAY_MS: numbers,
  SHUTDOWN_TIMEOUT_MS: numbers,
};

/** Variables of which any text is right as far as its form goes. */
export const FREE_TEXT: readonly string[] = [
  "HOST",
  "DATA_DIR",
  "JWT_TENANT_CLAIM",
  "JWT_ROLES_CLAIM",
  "TRUSTED_DOCUMENTS",
  "METRICS_HOST",
  "NODE_ENV",
];
