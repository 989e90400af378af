// PostGraphile as a production server: what people would put before the same tables. Needs Node 22 or later.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const { DATABASE_URL, PORT = "0", POOL_MAX = "10", SCHEMAS = "public" } = process.env;

/** @type {import("postgraphile").GraphileConfig.Preset} */
const preset = {
  extends: [PostGraphileAmberPreset],
  pgServices: [
    makePgService({
      connectionString: DATABASE_URL,
      schemas: SCHEMAS.split(","),
      pubsub: false,
      poolConfig: { max: Number(POOL_MAX) },
    }),
  ],
  grafast: {
    explain: false,
    context: ({ node }) => ({
      pgSettings: { "app.current_tenant": node?.req.headers["x-tenant-id"] ?? "" },
    }),
  },
  grafserv: { graphiql: false, watch: false, websockets: false, maxRequestLength: 1_048_576 },
};

const instance = postgraphile(preset);
if (process.argv.includes("--print")) {
  const { printSchema } = await import("postgraphile/graphql");
  process.stdout.write(printSchema(await instance.getSchema()));
  await instance.release();
} else {
  const server = createServer();
  server.on("error", (error) => {
    throw error;
  });
  await instance.createServ(grafserv).addTo(server);
  await instance.getSchema();
  server.listen(Number(PORT), "127.0.0.1", () => {
    process.send?.({ url: `http://127.0.0.1:${server.address().port}` });
  });
}
