CREATE TABLE "asset_dependency_history" (
	"tenant_id" text NOT NULL,
	"id" uuid NOT NULL,
	"upstream_tenant_id" text NOT NULL,
	"upstream_asset_id" uuid NOT NULL,
	"downstream_asset_id" uuid NOT NULL,
	"dependency_type" text NOT NULL,
	"sources" text[] NOT NULL,
	"last_seen_at" timestamp (3) with time zone NOT NULL,
	"valid_from" timestamp (3) with time zone NOT NULL,
	"valid_to" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "asset_dependency_history_pkey" PRIMARY KEY("tenant_id","id","valid_from"),
	CONSTRAINT "asset_dependency_history_no_self" CHECK (upstream_asset_id <> downstream_asset_id),
	CONSTRAINT "asset_dependency_history_type" CHECK (dependency_type IN ('data', 'metadata', 'control')),
	CONSTRAINT "asset_dependency_history_span" CHECK (valid_to > valid_from),
	CONSTRAINT "asset_dependency_history_sources" CHECK (cardinality(sources) >= 1 AND array_position(sources, NULL) IS NULL),
	CONSTRAINT "asset_dependency_history_upstream_tenant" CHECK ("upstream_tenant_id" IN (tenant_id, '~global')),
	CONSTRAINT "asset_dependency_history_tenant_id_form" CHECK (tenant_id = '~global' OR tenant_id COLLATE "C" ~ '^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$')
);
--> statement-breakpoint
ALTER TABLE "asset_dependency_history" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
DROP INDEX "asset_dependencies_walk_up";--> statement-breakpoint
DROP INDEX "asset_dependencies_walk_down";--> statement-breakpoint
-- What is known of the edges that are there. Written by hand: drizzle-kit would give them all the same. The columns get their
-- NOT NULL afterwards, so that an edge that the policies hid from the owner, and that was left out, ends the migration.
ALTER TABLE "asset_dependencies" ADD COLUMN "sources" text[];--> statement-breakpoint
ALTER TABLE "asset_dependencies" ADD COLUMN "last_seen_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "asset_dependencies" ADD COLUMN "valid_from" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "asset_dependencies" NO FORCE ROW LEVEL SECURITY;--> statement-breakpoint
UPDATE "asset_dependencies" SET
	"last_seen_at" = updated_at,
	"valid_from" = created_at,
	-- An import '~dbt:shop' is the source 'dbt:shop'; what a person made, a person asserts.
	"sources" = (
		SELECT CASE
			WHEN created_by NOT LIKE '~dbt:%' THEN ARRAY['api'] || names
			WHEN cardinality(names) = 0 THEN ARRAY[substr(created_by, 2)]
			ELSE names
		END
		FROM (SELECT ARRAY(
			SELECT substr(importer, 2) FROM unnest(imported_by) WITH ORDINALITY AS claim(importer, place)
			WHERE importer LIKE '~dbt:%' ORDER BY place
		) AS names) AS imports
	);--> statement-breakpoint
DO $$
BEGIN
	IF EXISTS (SELECT FROM asset_dependencies WHERE sources IS NULL OR last_seen_at IS NULL OR valid_from IS NULL) THEN
		RAISE EXCEPTION 'asset_dependencies: an edge was left without its sources or times';
	END IF;
END $$;--> statement-breakpoint
ALTER TABLE "asset_dependencies"
	ALTER COLUMN "sources" SET NOT NULL, ALTER COLUMN "sources" SET DEFAULT '{api}',
	ALTER COLUMN "last_seen_at" SET NOT NULL, ALTER COLUMN "last_seen_at" SET DEFAULT now(),
	ALTER COLUMN "valid_from" SET NOT NULL, ALTER COLUMN "valid_from" SET DEFAULT now();--> statement-breakpoint
ALTER TABLE "asset_dependencies" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "asset_dependency_history" ADD CONSTRAINT "asset_dependency_history_upstream_fkey" FOREIGN KEY ("upstream_tenant_id","upstream_asset_id") REFERENCES "public"."assets"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "asset_dependency_history" ADD CONSTRAINT "asset_dependency_history_downstream_fkey" FOREIGN KEY ("tenant_id","downstream_asset_id") REFERENCES "public"."assets"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "asset_dependency_history_walk_up" ON "asset_dependency_history" USING btree ("downstream_asset_id","tenant_id","upstream_asset_id","valid_from","valid_to");--> statement-breakpoint
CREATE INDEX "asset_dependency_history_walk_down" ON "asset_dependency_history" USING btree ("upstream_asset_id","tenant_id","downstream_asset_id","valid_from","valid_to");--> statement-breakpoint
-- INCLUDE is not in drizzle-kit's words: a walk upstream reads the ids of edges from the index alone.
CREATE INDEX "asset_dependencies_walk_up" ON "asset_dependencies" USING btree ("downstream_asset_id","tenant_id","upstream_asset_id","dependency_type") INCLUDE ("id");--> statement-breakpoint
CREATE INDEX "asset_dependencies_walk_down" ON "asset_dependencies" USING btree ("upstream_asset_id","tenant_id","downstream_asset_id","dependency_type");--> statement-breakpoint
ALTER TABLE "asset_dependencies" DROP COLUMN "imported_by";--> statement-breakpoint
ALTER TABLE "asset_dependencies" ADD CONSTRAINT "asset_dependencies_sources" CHECK (cardinality(sources) >= 1 AND array_position(sources, NULL) IS NULL);--> statement-breakpoint
CREATE POLICY "asset_dependency_history_select" ON "asset_dependency_history" AS PERMISSIVE FOR SELECT TO "servo_app" USING (tenant_id = ANY (ARRAY['~global', nullif(current_setting('app.current_tenant', true), '')]));--> statement-breakpoint
CREATE POLICY "asset_dependency_history_insert" ON "asset_dependency_history" AS PERMISSIVE FOR INSERT TO "servo_app" WITH CHECK (tenant_id = nullif(current_setting('app.current_tenant', true), ''));--> statement-breakpoint
CREATE POLICY "asset_dependency_history_update" ON "asset_dependency_history" AS PERMISSIVE FOR UPDATE TO "servo_app" USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')) WITH CHECK (tenant_id = nullif(current_setting('app.current_tenant', true), ''));--> statement-breakpoint
CREATE POLICY "asset_dependency_history_delete" ON "asset_dependency_history" AS PERMISSIVE FOR DELETE TO "servo_app" USING (tenant_id = nullif(current_setting('app.current_tenant', true), ''));--> statement-breakpoint
-- What drizzle-kit does not generate. A tenant is never to be taken for rare: walks find edges by their ends.
ALTER TABLE "asset_dependencies" ALTER COLUMN "tenant_id" SET STATISTICS 0;--> statement-breakpoint
ALTER TABLE "asset_dependency_history" ALTER COLUMN "tenant_id" SET STATISTICS 0;--> statement-breakpoint
-- The application never changes what is past.
ALTER TABLE "asset_dependency_history" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
GRANT SELECT, INSERT, DELETE ON "asset_dependency_history" TO "servo_app";
