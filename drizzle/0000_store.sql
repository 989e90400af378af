CREATE TABLE "asset_tags" (
	"tenant_id" text NOT NULL,
	"asset_id" uuid NOT NULL,
	"tag" text NOT NULL,
	"created_by" text NOT NULL,
	"updated_by" text NOT NULL,
	CONSTRAINT "asset_tags_pkey" PRIMARY KEY("tenant_id","asset_id","tag"),
	CONSTRAINT "asset_tags_tag_length" CHECK (char_length(tag) BETWEEN 1 AND 128 AND tag ~ '[^[:space:]]'),
	CONSTRAINT "asset_tags_tenant_id_form" CHECK (tenant_id = '~global' OR tenant_id COLLATE "C" ~ '^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$')
);
--> statement-breakpoint
ALTER TABLE "asset_tags" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "assets" (
	"tenant_id" text NOT NULL,
	"id" uuid NOT NULL,
	"name" text NOT NULL,
	"name_search" text NOT NULL,
	"asset_type" text NOT NULL,
	"description" text,
	"owner" text,
	"partition_config" jsonb,
	"properties" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"imported_by" text[] DEFAULT '{}' NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"created_by" text NOT NULL,
	"updated_by" text NOT NULL,
	CONSTRAINT "assets_pkey" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "assets_tenant_id_name_key" UNIQUE("tenant_id","name"),
	CONSTRAINT "assets_name_length" CHECK (char_length(name) BETWEEN 1 AND 255 AND name ~ '[^[:space:]]'),
	CONSTRAINT "assets_asset_type_length" CHECK (char_length(asset_type) BETWEEN 1 AND 64 AND asset_type ~ '[^[:space:]]'),
	CONSTRAINT "assets_description_length" CHECK (char_length(description) BETWEEN 0 AND 10000),
	CONSTRAINT "assets_owner_length" CHECK (char_length(owner) BETWEEN 1 AND 255 AND owner ~ '[^[:space:]]'),
	CONSTRAINT "assets_partition_config_kind" CHECK (partition_config ->> 'kind' IN ('time', 'static', 'range')),
	CONSTRAINT "assets_properties_object" CHECK (jsonb_typeof(properties) = 'object' AND octet_length(properties::text) <= 131072),
	CONSTRAINT "assets_tenant_id_form" CHECK (tenant_id = '~global' OR tenant_id COLLATE "C" ~ '^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$'),
	CONSTRAINT "assets_updated_at_after_created_at" CHECK (updated_at >= created_at),
	CONSTRAINT "assets_created_by_length" CHECK (char_length(created_by) BETWEEN 1 AND 255 AND created_by ~ '[^[:space:]]'),
	CONSTRAINT "assets_updated_by_length" CHECK (char_length(updated_by) BETWEEN 1 AND 255 AND updated_by ~ '[^[:space:]]')
);
--> statement-breakpoint
ALTER TABLE "assets" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "asset_dependencies" (
	"tenant_id" text NOT NULL,
	"id" uuid NOT NULL,
	"upstream_tenant_id" text NOT NULL,
	"upstream_asset_id" uuid NOT NULL,
	"downstream_asset_id" uuid NOT NULL,
	"dependency_type" text NOT NULL,
	"imported_by" text[] DEFAULT '{}' NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"created_by" text NOT NULL,
	"updated_by" text NOT NULL,
	CONSTRAINT "asset_dependencies_pkey" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "asset_dependencies_edge_key" UNIQUE("tenant_id","downstream_asset_id","upstream_tenant_id","upstream_asset_id","dependency_type"),
	CONSTRAINT "asset_dependencies_no_self" CHECK (upstream_asset_id <> downstream_asset_id),
	CONSTRAINT "asset_dependencies_type" CHECK (dependency_type IN ('data', 'metadata', 'control')),
	CONSTRAINT "asset_dependencies_upstream_tenant" CHECK ("upstream_tenant_id" IN (tenant_id, '~global')),
	CONSTRAINT "asset_dependencies_tenant_id_form" CHECK (tenant_id = '~global' OR tenant_id COLLATE "C" ~ '^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$'),
	CONSTRAINT "asset_dependencies_updated_at_after_created_at" CHECK (updated_at >= created_at),
	CONSTRAINT "asset_dependencies_created_by_length" CHECK (char_length(created_by) BETWEEN 1 AND 255 AND created_by ~ '[^[:space:]]'),
	CONSTRAINT "asset_dependencies_updated_by_length" CHECK (char_length(updated_by) BETWEEN 1 AND 255 AND updated_by ~ '[^[:space:]]')
);
--> statement-breakpoint
ALTER TABLE "asset_dependencies" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "executions" (
	"tenant_id" text NOT NULL,
	"id" uuid NOT NULL,
	"workflow_tenant_id" text NOT NULL,
	"workflow_id" uuid NOT NULL,
	"state" text DEFAULT 'pending' NOT NULL,
	"idempotency_key" text,
	"started_at" timestamp (3) with time zone,
	"completed_at" timestamp (3) with time zone,
	"error_message" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"created_by" text NOT NULL,
	"updated_by" text NOT NULL,
	CONSTRAINT "executions_pkey" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "executions_idempotency_key" UNIQUE("tenant_id","workflow_tenant_id","workflow_id","idempotency_key"),
	CONSTRAINT "executions_state" CHECK (state IN ('pending', 'running', 'succeeded', 'failed', 'cancelled', 'timeout')),
	CONSTRAINT "executions_completed_at_after_started_at" CHECK (completed_at >= started_at),
	CONSTRAINT "executions_idempotency_key_length" CHECK (char_length(idempotency_key) BETWEEN 1 AND 512 AND idempotency_key ~ '[^[:space:]]'),
	CONSTRAINT "executions_error_message_length" CHECK (char_length(error_message) BETWEEN 0 AND 10000),
	CONSTRAINT "executions_workflow_tenant" CHECK ("workflow_tenant_id" IN (tenant_id, '~global')),
	CONSTRAINT "executions_tenant_id_form" CHECK (tenant_id = '~global' OR tenant_id COLLATE "C" ~ '^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$'),
	CONSTRAINT "executions_updated_at_after_created_at" CHECK (updated_at >= created_at),
	CONSTRAINT "executions_created_by_length" CHECK (char_length(created_by) BETWEEN 1 AND 255 AND created_by ~ '[^[:space:]]'),
	CONSTRAINT "executions_updated_by_length" CHECK (char_length(updated_by) BETWEEN 1 AND 255 AND updated_by ~ '[^[:space:]]')
);
--> statement-breakpoint
ALTER TABLE "executions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "workflow_assets" (
	"tenant_id" text NOT NULL,
	"workflow_id" uuid NOT NULL,
	"role" text NOT NULL,
	"asset_tenant_id" text NOT NULL,
	"asset_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"created_by" text NOT NULL,
	"updated_by" text NOT NULL,
	CONSTRAINT "workflow_assets_pkey" PRIMARY KEY("tenant_id","workflow_id","role","asset_tenant_id","asset_id"),
	CONSTRAINT "workflow_assets_position_key" UNIQUE("tenant_id","workflow_id","position"),
	CONSTRAINT "workflow_assets_role" CHECK (role IN ('input', 'output')),
	CONSTRAINT "workflow_assets_position" CHECK (position >= 0),
	CONSTRAINT "workflow_assets_asset_tenant" CHECK ("asset_tenant_id" IN (tenant_id, '~global')),
	CONSTRAINT "workflow_assets_tenant_id_form" CHECK (tenant_id = '~global' OR tenant_id COLLATE "C" ~ '^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$')
);
--> statement-breakpoint
ALTER TABLE "workflow_assets" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "workflows" (
	"tenant_id" text NOT NULL,
	"id" uuid NOT NULL,
	"name" text NOT NULL,
	"name_search" text NOT NULL,
	"version" integer NOT NULL,
	"description" text,
	"owner" text,
	"tags" text[] DEFAULT '{}' NOT NULL,
	"properties" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"created_by" text NOT NULL,
	"updated_by" text NOT NULL,
	CONSTRAINT "workflows_pkey" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "workflows_tenant_id_name_version_key" UNIQUE("tenant_id","name","version"),
	CONSTRAINT "workflows_name_length" CHECK (char_length(name) BETWEEN 1 AND 255 AND name ~ '[^[:space:]]'),
	CONSTRAINT "workflows_description_length" CHECK (char_length(description) BETWEEN 0 AND 10000),
	CONSTRAINT "workflows_owner_length" CHECK (char_length(owner) BETWEEN 1 AND 255 AND owner ~ '[^[:space:]]'),
	CONSTRAINT "workflows_version_positive" CHECK (version > 0),
	CONSTRAINT "workflows_tags_count" CHECK (cardinality(tags) <= 100),
	CONSTRAINT "workflows_properties_object" CHECK (jsonb_typeof(properties) = 'object' AND octet_length(properties::text) <= 131072),
	CONSTRAINT "workflows_tenant_id_form" CHECK (tenant_id = '~global' OR tenant_id COLLATE "C" ~ '^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$'),
	CONSTRAINT "workflows_updated_at_after_created_at" CHECK (updated_at >= created_at),
	CONSTRAINT "workflows_created_by_length" CHECK (char_length(created_by) BETWEEN 1 AND 255 AND created_by ~ '[^[:space:]]'),
	CONSTRAINT "workflows_updated_by_length" CHECK (char_length(updated_by) BETWEEN 1 AND 255 AND updated_by ~ '[^[:space:]]')
);
--> statement-breakpoint
ALTER TABLE "workflows" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "asset_tags" ADD CONSTRAINT "asset_tags_asset_fkey" FOREIGN KEY ("tenant_id","asset_id") REFERENCES "public"."assets"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "asset_dependencies" ADD CONSTRAINT "asset_dependencies_upstream_fkey" FOREIGN KEY ("upstream_tenant_id","upstream_asset_id") REFERENCES "public"."assets"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "asset_dependencies" ADD CONSTRAINT "asset_dependencies_downstream_fkey" FOREIGN KEY ("tenant_id","downstream_asset_id") REFERENCES "public"."assets"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "executions" ADD CONSTRAINT "executions_workflow_fkey" FOREIGN KEY ("workflow_tenant_id","workflow_id") REFERENCES "public"."workflows"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_assets" ADD CONSTRAINT "workflow_assets_workflow_fkey" FOREIGN KEY ("tenant_id","workflow_id") REFERENCES "public"."workflows"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_assets" ADD CONSTRAINT "workflow_assets_asset_fkey" FOREIGN KEY ("asset_tenant_id","asset_id") REFERENCES "public"."assets"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "asset_tags_by_tag" ON "asset_tags" USING btree ("tenant_id","tag","asset_id");--> statement-breakpoint
CREATE INDEX "assets_by_created_at" ON "assets" USING btree ("tenant_id","created_at","id");--> statement-breakpoint
CREATE INDEX "assets_by_updated_at" ON "assets" USING btree ("tenant_id","updated_at","id");--> statement-breakpoint
CREATE INDEX "assets_by_name_search" ON "assets" USING btree ("tenant_id","name_search","id");--> statement-breakpoint
CREATE INDEX "assets_by_type" ON "assets" USING btree ("tenant_id","asset_type","created_at","id");--> statement-breakpoint
CREATE INDEX "assets_by_owner" ON "assets" USING btree ("tenant_id","owner","created_at","id");--> statement-breakpoint
CREATE INDEX "asset_dependencies_walk_up" ON "asset_dependencies" USING btree ("downstream_asset_id","upstream_asset_id","tenant_id","dependency_type");--> statement-breakpoint
CREATE INDEX "asset_dependencies_walk_down" ON "asset_dependencies" USING btree ("upstream_asset_id","downstream_asset_id","tenant_id","dependency_type");--> statement-breakpoint
CREATE INDEX "asset_dependencies_by_downstream" ON "asset_dependencies" USING btree ("tenant_id","downstream_asset_id","created_at","id");--> statement-breakpoint
CREATE INDEX "asset_dependencies_by_upstream" ON "asset_dependencies" USING btree ("tenant_id","upstream_asset_id","created_at","id");--> statement-breakpoint
CREATE INDEX "executions_by_created_at" ON "executions" USING btree ("tenant_id","created_at","id");--> statement-breakpoint
CREATE INDEX "executions_by_updated_at" ON "executions" USING btree ("tenant_id","updated_at","id");--> statement-breakpoint
CREATE INDEX "executions_by_started_at" ON "executions" USING btree ("tenant_id",coalesce(started_at, 'infinity'::timestamptz),"id");--> statement-breakpoint
CREATE INDEX "executions_by_workflow" ON "executions" USING btree ("tenant_id","workflow_id","created_at","id");--> statement-breakpoint
CREATE INDEX "executions_by_state" ON "executions" USING btree ("tenant_id","state","created_at","id");--> statement-breakpoint
CREATE INDEX "executions_by_referenced_workflow" ON "executions" USING btree ("workflow_tenant_id","workflow_id");--> statement-breakpoint
CREATE INDEX "workflow_assets_by_asset" ON "workflow_assets" USING btree ("asset_id","tenant_id","workflow_id");--> statement-breakpoint
CREATE INDEX "workflows_by_created_at" ON "workflows" USING btree ("tenant_id","created_at","id");--> statement-breakpoint
CREATE INDEX "workflows_by_updated_at" ON "workflows" USING btree ("tenant_id","updated_at","id");--> statement-breakpoint
CREATE INDEX "workflows_by_name_search" ON "workflows" USING btree ("tenant_id","name_search","id");--> statement-breakpoint
CREATE POLICY "asset_tags_select" ON "asset_tags" AS PERMISSIVE FOR SELECT TO "servo_app" USING (tenant_id = ANY (ARRAY['~global', nullif(current_setting('app.current_tenant', true), '')]));--> statement-breakpoint
CREATE POLICY "asset_tags_insert" ON "asset_tags" AS PERMISSIVE FOR INSERT TO "servo_app" WITH CHECK (tenant_id = nullif(current_setting('app.current_tenant', true), ''));--> statement-breakpoint
CREATE POLICY "asset_tags_update" ON "asset_tags" AS PERMISSIVE FOR UPDATE TO "servo_app" USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')) WITH CHECK (tenant_id = nullif(current_setting('app.current_tenant', true), ''));--> statement-breakpoint
CREATE POLICY "asset_tags_delete" ON "asset_tags" AS PERMISSIVE FOR DELETE TO "servo_app" USING (tenant_id = nullif(current_setting('app.current_tenant', true), ''));--> statement-breakpoint
CREATE POLICY "assets_select" ON "assets" AS PERMISSIVE FOR SELECT TO "servo_app" USING (tenant_id = ANY (ARRAY['~global', nullif(current_setting('app.current_tenant', true), '')]));--> statement-breakpoint
CREATE POLICY "assets_insert" ON "assets" AS PERMISSIVE FOR INSERT TO "servo_app" WITH CHECK (tenant_id = nullif(current_setting('app.current_tenant', true), ''));--> statement-breakpoint
CREATE POLICY "assets_update" ON "assets" AS PERMISSIVE FOR UPDATE TO "servo_app" USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')) WITH CHECK (tenant_id = nullif(current_setting('app.current_tenant', true), ''));--> statement-breakpoint
CREATE POLICY "assets_delete" ON "assets" AS PERMISSIVE FOR DELETE TO "servo_app" USING (tenant_id = nullif(current_setting('app.current_tenant', true), ''));--> statement-breakpoint
CREATE POLICY "asset_dependencies_select" ON "asset_dependencies" AS PERMISSIVE FOR SELECT TO "servo_app" USING (tenant_id = ANY (ARRAY['~global', nullif(current_setting('app.current_tenant', true), '')]));--> statement-breakpoint
CREATE POLICY "asset_dependencies_insert" ON "asset_dependencies" AS PERMISSIVE FOR INSERT TO "servo_app" WITH CHECK (tenant_id = nullif(current_setting('app.current_tenant', true), ''));--> statement-breakpoint
CREATE POLICY "asset_dependencies_update" ON "asset_dependencies" AS PERMISSIVE FOR UPDATE TO "servo_app" USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')) WITH CHECK (tenant_id = nullif(current_setting('app.current_tenant', true), ''));--> statement-breakpoint
CREATE POLICY "asset_dependencies_delete" ON "asset_dependencies" AS PERMISSIVE FOR DELETE TO "servo_app" USING (tenant_id = nullif(current_setting('app.current_tenant', true), ''));--> statement-breakpoint
CREATE POLICY "executions_select" ON "executions" AS PERMISSIVE FOR SELECT TO "servo_app" USING (tenant_id = ANY (ARRAY['~global', nullif(current_setting('app.current_tenant', true), '')]));--> statement-breakpoint
CREATE POLICY "executions_insert" ON "executions" AS PERMISSIVE FOR INSERT TO "servo_app" WITH CHECK (tenant_id = nullif(current_setting('app.current_tenant', true), ''));--> statement-breakpoint
CREATE POLICY "executions_update" ON "executions" AS PERMISSIVE FOR UPDATE TO "servo_app" USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')) WITH CHECK (tenant_id = nullif(current_setting('app.current_tenant', true), ''));--> statement-breakpoint
CREATE POLICY "executions_delete" ON "executions" AS PERMISSIVE FOR DELETE TO "servo_app" USING (tenant_id = nullif(current_setting('app.current_tenant', true), ''));--> statement-breakpoint
CREATE POLICY "workflow_assets_select" ON "workflow_assets" AS PERMISSIVE FOR SELECT TO "servo_app" USING (tenant_id = ANY (ARRAY['~global', nullif(current_setting('app.current_tenant', true), '')]));--> statement-breakpoint
CREATE POLICY "workflow_assets_insert" ON "workflow_assets" AS PERMISSIVE FOR INSERT TO "servo_app" WITH CHECK (tenant_id = nullif(current_setting('app.current_tenant', true), ''));--> statement-breakpoint
CREATE POLICY "workflow_assets_update" ON "workflow_assets" AS PERMISSIVE FOR UPDATE TO "servo_app" USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')) WITH CHECK (tenant_id = nullif(current_setting('app.current_tenant', true), ''));--> statement-breakpoint
CREATE POLICY "workflow_assets_delete" ON "workflow_assets" AS PERMISSIVE FOR DELETE TO "servo_app" USING (tenant_id = nullif(current_setting('app.current_tenant', true), ''));--> statement-breakpoint
CREATE POLICY "workflows_select" ON "workflows" AS PERMISSIVE FOR SELECT TO "servo_app" USING (tenant_id = ANY (ARRAY['~global', nullif(current_setting('app.current_tenant', true), '')]));--> statement-breakpoint
CREATE POLICY "workflows_insert" ON "workflows" AS PERMISSIVE FOR INSERT TO "servo_app" WITH CHECK (tenant_id = nullif(current_setting('app.current_tenant', true), ''));--> statement-breakpoint
CREATE POLICY "workflows_update" ON "workflows" AS PERMISSIVE FOR UPDATE TO "servo_app" USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')) WITH CHECK (tenant_id = nullif(current_setting('app.current_tenant', true), ''));--> statement-breakpoint
CREATE POLICY "workflows_delete" ON "workflows" AS PERMISSIVE FOR DELETE TO "servo_app" USING (tenant_id = nullif(current_setting('app.current_tenant', true), ''));