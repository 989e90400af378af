// To be imported first. It and what imports it must themselves run on an old Node.
const [major, minor] = process.versions.node.split(".").map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`servo-storage: needs Node 20.19 or later; this is ${process.version}\n`);
  process.exit(1);
}
