-- What drizzle-kit does not generate: the policies hold for the owner too, names are compared by code point so that an
-- index serves searches under row-level security, and the application role may read and write rows and nothing else.
ALTER TABLE "assets" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "asset_tags" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "workflows" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "workflow_assets" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "executions" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "asset_dependencies" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "assets" ALTER COLUMN "name_search" TYPE text COLLATE "C";--> statement-breakpoint
ALTER TABLE "workflows" ALTER COLUMN "name_search" TYPE text COLLATE "C";--> statement-breakpoint
GRANT USAGE ON SCHEMA "public", "drizzle" TO "servo_app";--> statement-breakpoint
GRANT SELECT ON "drizzle"."__drizzle_migrations" TO "servo_app";--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON "assets", "asset_tags", "workflows", "workflow_assets", "executions", "asset_dependencies" TO "servo_app";
