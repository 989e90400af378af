import type { NewAsset } from "../modules/asset/asset.input.ts";
import type { DependencyType } from "../modules/dependency/dependency.table.ts";
import type { ExecutionState } from "../modules/execution/execution.table.ts";
import type { AssetRole } from "../modules/workflow/workflow.table.ts";

interface SampleWorkflow {
  readonly name: string;
  readonly description: string;
  readonly owner: string;
  readonly tags: readonly string[];
  readonly assets: readonly { readonly name: string; readonly role: AssetRole }[];
  /** One run a state, oldest first. */
  readonly runs: readonly ExecutionState[];
}

/** Reference data that every tenant may read. */
export const GLOBAL_ASSETS: readonly NewAsset[] = [
  {
    name: "reference.calendar",
    assetType: "table",
    owner: "platform",
    description: "Days, weeks and fiscal periods.",
    tags: ["reference"],
  },
  {
    name: "reference.currency_rates",
    assetType: "table",
    owner: "platform",
    description: "Daily exchange rates.",
    tags: ["reference", "finance"],
  },
];

const since2024 = {
  time: { granularity: "day", start: new Date("2024-01-01T00:00:00Z"), timezone: "UTC" },
} as const;

/** A small web shop: files land, tables are made of them, reports and a model are made of those. */
export const ASSETS: readonly NewAsset[] = [
  {
    name: "landing.orders_csv",
    assetType: "file",
    owner: "ingest",
    description: "Order exports of the shop system, one file an hour.",
    tags: ["raw"],
  },
  {
    name: "landing.events_json",
    assetType: "file",
    owner: "ingest",
    description: "Click stream of the web site.",
    tags: ["raw", "pii"],
  },
  {
    name: "landing.customers_csv",
    assetType: "file",
    owner: "ingest",
    description: "Nightly customer export.",
    tags: ["raw", "pii"],
  },
  {
    name: "shop.orders",
    assetType: "table",
    owner: "data_team",
    description: "One row an order.",
    tags: ["core"],
    partitionConfig: since2024,
  },
  {
    name: "shop.order_items",
    assetType: "table",
    owner: "data_team",
    description: "One row an item of an order.",
    tags: ["core"],
    partitionConfig: since2024,
  },
  {
    name: "shop.customers",
    assetType: "table",
    owner: "data_team",
    description: "One row a customer.",
    tags: ["core", "pii"],
    partitionConfig: { static: { keys: ["eu", "us", "apac"] } },
  },
  {
    name: "shop.customer_events",
    assetType: "table",
    owner: "data_team",
    description: "Daily customer event logs.",
    tags: ["daily", "pii"],
    partitionConfig: since2024,
  },
  {
    name: "shop.sessions",
    assetType: "table",
    owner: "data_team",
    description: "Events of one visit, put together.",
    tags: ["daily"],
    partitionConfig: since2024,
  },
  {
    name: "shop.daily_revenue",
    assetType: "table",
    owner: "finance",
    description: "Revenue by day and currency.",
    tags: ["daily", "finance"],
    partitionConfig: since2024,
  },
  {
    name: "shop.customer_lifetime_value",
    assetType: "table",
    owner: "data_science",
    description: "What a customer is worth.",
    tags: ["weekly"],
  },
  {
    name: "ml.churn_model",
    assetType: "model",
    owner: "data_science",
    description: "Who is about to leave.",
    tags: ["weekly", "ml"],
    properties: { framework: "xgboost", auc: 0.87 },
  },
  {
    name: "ml.churn_scores",
    assetType: "table",
    owner: "data_science",
    description: "Score of each customer.",
    tags: ["daily", "ml"],
  },
  {
    name: "report.revenue",
    assetType: "dashboard",
    owner: "finance",
    description: "What the board looks at.",
    tags: ["finance"],
  },
  {
    name: "report.retention",
    assetType: "dashboard",
    owner: "marketing",
    description: "Cohorts and churn.",
    tags: ["marketing"],
  },
];

/** Upstream, downstream and type, by name; global assets may be upstream. */
export const DEPENDENCIES: readonly (readonly [
  upstream: string,
  downstream: string,
  type: DependencyType,
])[] = [
  ["landing.orders_csv", "shop.orders", "data"],
  ["landing.orders_csv", "shop.order_items", "data"],
  ["landing.customers_csv", "shop.customers", "data"],
  ["landing.events_json", "shop.customer_events", "data"],
  ["shop.customers", "shop.customer_events", "data"],
  ["shop.customer_events", "shop.sessions", "data"],
  ["shop.orders", "shop.daily_revenue", "data"],
  ["shop.order_items", "shop.daily_revenue", "data"],
  ["reference.currency_rates", "shop.daily_revenue", "data"],
  ["reference.calendar", "shop.daily_revenue", "metadata"],
  ["shop.orders", "shop.customer_lifetime_value", "data"],
  ["shop.customers", "shop.customer_lifetime_value", "data"],
  ["shop.customer_lifetime_value", "ml.churn_model", "data"],
  ["shop.sessions", "ml.churn_model", "data"],
  ["ml.churn_model", "ml.churn_scores", "data"],
  ["shop.customers", "ml.churn_scores", "data"],
  ["ml.churn_scores", "ml.churn_model", "metadata"],
  ["shop.daily_revenue", "report.revenue", "data"],
  ["ml.churn_scores", "report.retention", "data"],
  ["shop.daily_revenue", "report.retention", "control"],
];

export const WORKFLOWS: readonly SampleWorkflow[] = [
  {
    name: "load_shop",
    description: "Turns the landed files into tables.",
    owner: "data_team",
    tags: ["hourly"],
    assets: [
      { name: "landing.orders_csv", role: "input" },
      { name: "landing.customers_csv", role: "input" },
      { name: "shop.orders", role: "output" },
      { name: "shop.order_items", role: "output" },
      { name: "shop.customers", role: "output" },
    ],
    runs: ["succeeded", "failed", "succeeded"],
  },
  {
    name: "daily_revenue",
    description: "Adds up the day.",
    owner: "finance",
    tags: ["daily"],
    assets: [
      { name: "shop.orders", role: "input" },
      { name: "shop.order_items", role: "input" },
      { name: "reference.currency_rates", role: "input" },
      { name: "shop.daily_revenue", role: "output" },
    ],
    runs: ["succeeded", "succeeded", "running"],
  },
  {
    name: "train_churn_model",
    description: "Trains the model and scores all customers.",
    owner: "data_science",
    tags: ["weekly", "ml"],
    assets: [
      { name: "shop.sessions", role: "input" },
      { name: "shop.customer_lifetime_value", role: "input" },
      { name: "ml.churn_model", role: "output" },
      { name: "ml.churn_scores", role: "output" },
    ],
    runs: ["timeout", "cancelled", "pending"],
  },
];
