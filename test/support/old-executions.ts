import { GLOBAL_TENANT } from "../../src/db/tenant.ts";
import type { ExecutionState } from "../../src/modules/execution/execution.table.ts";
import { newWorkflow } from "./factories.ts";
import { alterDatabase } from "./owner.ts";
import type { Party, TestStorage } from "./storage.ts";

/** Stores executions of one workflow that changed last so many days ago, each with the key `<state> <days>`. */
export async function storeOldExecutions(
  { database }: Pick<TestStorage, "database">,
  { id, run }: Party,
  old: readonly { readonly state: ExecutionState; readonly days: number }[],
): Promise<void> {
  await run(async ({ workflows, executions }) => {
    const workflow = await workflows.insert(newWorkflow());
    for (const { state, days } of old) {
      await executions.insertOrGet({ workflowId: workflow.id, idempotencyKey: `${state} ${days}` });
    }
  });
  await alterDatabase(
    database,
    `ALTER TABLE executions NO FORCE ROW LEVEL SECURITY;
    UPDATE executions SET state = split_part(idempotency_key, ' ', 1),
      created_at = now() - age, updated_at = now() - age
    FROM (SELECT tenant_id, id, split_part(idempotency_key, ' ', 2)::int * interval '1 day' AS age FROM executions) AS told
    WHERE (told.tenant_id, told.id) = (executions.tenant_id, executions.id) AND executions.tenant_id = '${id ?? GLOBAL_TENANT}';
    ALTER TABLE executions FORCE ROW LEVEL SECURITY`,
  );
}
