import type { FetchAPI, GraphiQLOptions, Plugin } from "graphql-yoga";

const tab = (query: string, variables?: object) => ({
  query: query.trim(),
  ...(variables === undefined ? {} : { variables: JSON.stringify(variables, null, 2) }),
});

// GraphiQL leaves an unfinished animation on its tabs: at the first press they would jump away under the pointer.
const STILL_TABS = "<style>.graphiql-tab { transform: none !important }</style>";

/**
 * GraphiQL for browsers that open the API's address: one page with nothing from other hosts, its tabs ready to run.
 * @param isShown whether there is one; otherwise they find nothing
 * @param findExampleId finds the asset that the tabs about lineage begin at
 * @param headers what the tabs send; the browser keeps what a person puts there, unless it is a token
 */
export function useGraphiQL(
  isShown: boolean,
  findExampleId: () => Promise<string>,
  headers: Readonly<Record<string, string>>,
): Plugin {
  const answer = async ({ Response }: Pick<FetchAPI, "Response">) => {
    if (!isShown) return new Response(null, { status: 404 });
    // 9 MB, which the service does without until somebody looks.
    const { renderGraphiQL } = await import("@graphql-yoga/render-graphiql");
    const page = renderGraphiQL(graphiqlOptions(await findExampleId(), headers));
    const contentType = "text/html; charset=utf-8";
    return new Response(page.replace("</head>", `${STILL_TABS}$&`), {
      headers: { "content-type": contentType },
    });
  };
  return {
    onRequest({ request, url, fetchAPI, endResponse }) {
      const isPage = request.method === "GET" && url.pathname === "/graphql";
      if (!isPage || !request.headers.get("accept")?.includes("text/html")) return;
      return answer(fetchAPI).then(endResponse);
    },
  };
}

/**
 * GraphiQL with what there is to try in its tabs.
 * @param exampleAssetId id of the asset that the tabs about lineage begin at, or empty where there is none
 */
function graphiqlOptions(exampleAssetId: string, headers: Readonly<Record<string, string>>): GraphiQLOptions {
  const shownHeaders = JSON.stringify(headers, null, 2);
  return {
    endpoint: "/graphql",
    title: "servo-storage",
    headers: shownHeaders,
    shouldPersistHeaders: !("authorization" in headers),
    defaultTabs: [
      tab(BROWSE_ASSETS),
      tab(LINEAGE, { assetId: exampleAssetId }),
      tab(IMPACT, { assetId: exampleAssetId }),
      tab(RECENT_EXECUTIONS),
      tab(CREATE_AND_LINK, { upstream: "", downstream: "" }),
    ].map((each) => ({ ...each, headers: shownHeaders })),
  };
}

const BROWSE_ASSETS = `
# Browse assets: press the play button,
# then change the filter.
query BrowseAssets {
  assets(
    first: 20
    filter: { scope: ALL }
    orderBy: { field: NAME, direction: ASC }
  ) {
    totalCount
    nodes { id tenantId name assetType owner tags }
    pageInfo { hasNextPage endCursor }
  }
}`;

const LINEAGE = `
# What an asset is made from, and what is made
# from it. The variables below name the asset:
# take another id from the first tab.
query Lineage($assetId: ID!) {
  lineage(
    assetId: $assetId
    direction: BOTH
    maxDepth: 5
  ) {
    completeness
    nodeCount
    edgeCount
    nodes {
      depth
      upstreamDepth
      downstreamDepth
      hasMoreUpstream
      hasMoreDownstream
      asset { name assetType owner }
    }
    edges {
      upstream { name }
      downstream { name }
      dependencyType
      sources
    }
    cycles { asset { name } }
  }
}`;

const IMPACT = `
# What a change of an asset reaches: whom to tell,
# what is out of date and what cannot run.
query Impact($assetId: ID!) {
  impact(assetId: $assetId, maxDepth: 10) {
    completeness
    nodeCount
    nodes {
      depth
      owner
      asset { name }
      isStale
      blockedBy { name }
      latestExecution { state completedAt }
    }
  }
  lineageCounts(
    assetId: $assetId
    direction: DOWNSTREAM
    maxDepth: 1000
  ) {
    nodeCount
    byDepth { depth count }
    byOwner { owner count }
  }
}`;

const RECENT_EXECUTIONS = `
# The runs that were made last, with the assets
# that their workflows read and write.
query RecentExecutions {
  executions(first: 20) {
    nodes {
      id
      state
      startedAt
      durationMs
      errorMessage
      workflow {
        name
        version
        assets { role asset { name } }
      }
    }
  }
}`;

const CREATE_AND_LINK = `
# Make two assets with CreateAssets, put their ids
# into the variables below, and let the report
# depend on the orders with Link.
mutation CreateAssets {
  upsertAssets(
    input: {
      assets: [
        { name: "my.orders", assetType: "table" }
        { name: "my.report", assetType: "dashboard" }
      ]
    }
  ) {
    createdCount
    assets { id name }
  }
}

mutation Link($upstream: ID!, $downstream: ID!) {
  createAssetDependency(
    input: {
      upstreamAssetId: $upstream
      downstreamAssetId: $downstream
      dependencyType: DATA
    }
  ) {
    dependency {
      id
      upstream { name }
      downstream { name }
    }
  }
}`;
