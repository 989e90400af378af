DROP INDEX "asset_tags_by_tag";--> statement-breakpoint
CREATE INDEX "assets_by_id" ON "assets" USING btree ("id");--> statement-breakpoint
CREATE INDEX "executions_by_id" ON "executions" USING btree ("id");--> statement-breakpoint
CREATE INDEX "workflows_by_id" ON "workflows" USING btree ("id");--> statement-breakpoint
CREATE INDEX "asset_tags_by_tag" ON "asset_tags" USING btree ("tag","tenant_id","asset_id");