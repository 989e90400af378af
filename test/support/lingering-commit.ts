import type { TestDatabase } from "../setup/database.ts";
import { alterDatabase } from "./owner.ts";

/** The name of an asset whose commit takes half a second, where {@link letCommitsLinger} was called. */
export const LINGERING = "lingering";

export async function letCommitsLinger(database: TestDatabase): Promise<void> {
  await alterDatabase(
    database,
    `CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END $$;
     CREATE CONSTRAINT TRIGGER linger AFTER INSERT ON assets DEFERRABLE INITIALLY DEFERRED
       FOR EACH ROW WHEN (NEW.name = '${LINGERING}') EXECUTE FUNCTION linger()`,
  );
}
