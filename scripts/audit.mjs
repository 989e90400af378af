// Asks the registry whether what is installed for production has known vulnerabilities, for CI.
// Exit code: 0 it knows of none, 1 it knows of some, 3 it gave no answer. Takes npm's options, such as --audit-level=high.
import { spawnSync } from "node:child_process";

const NO_ANSWER = 3;

const { status, stdout } = spawnSync("npm", ["audit", "--omit=dev", "--json", ...process.argv.slice(2)], {
  encoding: "utf8",
  maxBuffer: Number.POSITIVE_INFINITY,
});
const answer = parse(stdout);

// npm exits with 1 for a vulnerability and for a registry that does not answer: only the report tells them apart.
if (answer.auditReportVersion === undefined) {
  const reason = answer.error?.summary || answer.message || "npm said nothing";
  process.stderr.write(
    `audit: NO ANSWER, so nothing is known of vulnerabilities: ${reason}\naudit: ask a registry that answers: npm run audit -- --registry=URL\n`,
  );
  process.exitCode = NO_ANSWER;
} else {
  const found = Object.values(answer.vulnerabilities);
  for (const { severity, name, via } of found) {
    for (const cause of via) {
      const told =
        typeof cause === "string" ? `through ${cause}` : `${cause.range} ${cause.title} ${cause.url}`;
      process.stdout.write(`${severity} ${name} ${told}\n`);
    }
  }
  process.stdout.write(`audit: vulnerable packages: ${found.length}\n`);
  process.exitCode = status ?? NO_ANSWER;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
