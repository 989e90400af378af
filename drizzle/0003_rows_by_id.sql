CREATE INDEX "assets_by_id" ON "assets" USING btree ("id");--> statement-breakpoint
CREATE INDEX "executions_by_id" ON "executions" USING btree ("id");--> statement-breakpoint
CREATE INDEX "workflows_by_id" ON "workflows" USING btree ("id");