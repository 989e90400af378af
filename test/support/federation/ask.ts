/** What a gateway answers to a query as it stands, with all that it adds. */
export async function ask(url: string, query: string, tenantId = "demo"): Promise<unknown> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-tenant-id": tenantId },
    body: JSON.stringify({ query }),
  });
  return response.json();
}
