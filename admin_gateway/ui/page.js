// What runs, what was answered, and the numbers of each brand, looked at again every two seconds.
// Whatever comes from outside is set as text, never as markup.

const LOOK_AGAIN_MS = 2000;
const $ = (id) => document.getElementById(id);
const token = {
  get: () => sessionStorage.getItem("token"),
  set: (value) => (value ? sessionStorage.setItem("token", value) : sessionStorage.removeItem("token")),
};

class SignedOut extends Error {}

async function call(path, options = {}) {
  const answer = await fetch(`/api/admin/${path}`, {
    ...options,
    headers: { authorization: `Bearer ${token.get()}` },
  });
  if (answer.status === 401) throw new SignedOut();
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail);
  return body;
}

function make(name, text = "", className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
}

function row(cells, kind = "td", className = "") {
  const made = make("tr", "", className);
  for (const cell of cells) {
    const td = make(kind);
    if (cell instanceof Node) td.append(cell);
    else td.textContent = cell;
    if (typeof cell === "number" || /^[\d.,%$–+-]+$/.test(String(cell.textContent ?? cell))) td.className = "number";
    made.append(td);
  }
  return made;
}

function fill(id, ...children) {
  $(id).replaceChildren(...children);
}

const percent = (share) => `${Math.round(share * 100)}%`;
const when = (moment) => {
  const made = make("time", moment ? new Date(moment).toLocaleString() : "–");
  if (moment) made.title = moment;
  return made;
};

function bar(share) {
  const made = make("div", "", "bar");
  const band = make("i");
  band.style.left = percent(share.low);
  band.style.width = percent(share.high - share.low);
  const point = make("b");
  point.style.left = percent(share.value);
  made.append(band, point);
  made.title = `${percent(share.value)}, 95% interval ${percent(share.low)} to ${percent(share.high)}`;
  return made;
}

function brandCard(brand, insights, isDemo) {
  const card = make("article", "", "card");
  const note = isDemo ? ", by emulated engines: a demo, about nobody" : "";
  card.append(make("h3", brand.name), make("p", `${insights.answers} answers scored${note}`, "faint"));
  const table = make("table");
  table.append(row(["Name", "Visibility", "", "Voice", "Position", "Tone", "Cited"], "th"));
  for (const name of insights.names) {
    table.append(row([
      name.name,
      percent(name.visibility.value ?? 0),
      bar(name.visibility),
      percent(name.share_of_voice.value ?? 0),
      name.mean_position.value?.toFixed(1) ?? "–",
      name.mean_sentiment.value?.toFixed(2) ?? "–",
      name.citations,
    ], "td", name.is_brand ? "ours" : ""));
  }
  const wide = make("div", "", "wide");
  wide.append(table);
  card.append(wide);
  return card;
}

function jobRow(job, names) {
  const now = make("button", "Run now");
  now.addEventListener("click", async () => {
    now.disabled = true;
    try {
      await call(`scheduled-jobs/${job.id}/trigger`, { method: "POST" });
      await look();
    } catch (error) {
      tell(error.message, true);
    }
    now.disabled = false;
  });
  return row([
    names.get(job.brand_id) ?? job.brand_id,
    job.job_type.replaceAll("_", " "),
    `${job.cron_expression} ${job.timezone}`,
    job.is_active ? when(job.next_run_at) : "off",
    job.last_run_status ?? "–",
    now,
  ]);
}

function runRow(run, names) {
  const status = make("span", run.status, { completed: "good", failed: "bad" }[run.status] ?? "");
  const progress = Object.entries(run.progress).sort()
    .map(([step, at]) => `${step.replaceAll("_", " ")} ${at.done}/${at.total}`).join(", ");
  const cost = run.metrics.data_collection?.cost_usd;
  return row([
    names.get(run.brand_id) ?? run.brand_id,
    run.job_type.replaceAll("_", " "),
    status,
    run.trigger,
    when(run.started_at),
    progress || "–",
    cost === undefined ? "–" : `$${cost.toFixed(2)}`,
    run.error_message ?? "",
  ]);
}

function answerCard(answer) {
  const made = make("details");
  const named = answer.names.filter((name) => name.mentions).sort((a, b) => a.position - b.position)
    .map((name) => `${name.position}. ${name.name}${name.sentiment ? ` (${name.sentiment.label})` : ""}`);
  const summary = make("summary", answer.question);
  summary.append(make("span", ` ${answer.collector}: ${named.join(", ") || "names nobody tracked"}`, "faint"));
  made.append(summary, make("pre", answer.text));
  const pages = make("ul");
  for (const page of answer.citations) {
    pages.append(make("li", page.owner ? `${page.url} (${page.owner})` : page.url));
  }
  made.append(pages);
  return made;
}

function tell(text, bad = false) {
  $("state").textContent = text;
  $("state").className = bad ? "bad" : "";
}

let brandsShown = "";

async function look() {
  const [customers, brands, jobs, runs] = await Promise.all([
    call("customers?limit=100"), call("brands?limit=100"), call("scheduled-jobs?limit=100"), call("job-runs?limit=15"),
  ]);
  const demos = new Set(customers.data.filter((customer) => customer.is_demo).map((customer) => customer.id));
  const names = new Map(brands.data.map((brand) => [brand.id, brand.name]));
  fill("jobs", row(["Brand", "Does", "When", "Next", "Last", ""], "th"), ...jobs.data.map((job) => jobRow(job, names)));
  fill("runs",
    row(["Brand", "Does", "Status", "Because of", "Started", "Progress", "Cost", "Note"], "th"),
    ...runs.data.map((run) => runRow(run, names)));
  const insights = await Promise.all(brands.data.map((brand) => call(`brands/${brand.id}/insights`)));
  const shown = JSON.stringify([brands.data, insights]);
  if (shown !== brandsShown) {
    brandsShown = shown;
    fill("brands", ...brands.data.map((brand, i) => brandCard(brand, insights[i], demos.has(brand.customer_id))));
    const answers = await Promise.all(brands.data.map((brand) => call(`brands/${brand.id}/answers?limit=5`)));
    fill("answers", ...answers.flatMap((page) => page.data).map(answerCard));
  }
  tell(brands.data.length ? `As of ${new Date().toLocaleTimeString()}` : "No brand yet. POST /api/admin/brands makes one.");
}

function show(signedIn) {
  $("sign-in").hidden = signedIn;
  $("board").hidden = $("leave").hidden = !signedIn;
}

async function keepLooking() {
  show(Boolean(token.get()));
  if (token.get()) {
    try {
      await look();
    } catch (error) {
      if (error instanceof SignedOut) {
        token.set(null);
        show(false);
        tell("This token is not known.", true);
      } else {
        tell(`Not reachable; trying again. ${error.message}`, true);
      }
    }
  }
  setTimeout(keepLooking, LOOK_AGAIN_MS);
}

$("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  token.set($("token").value.trim());
  $("token").value = "";
  brandsShown = "";
  show(true);
  tell("Looking …");
});
$("leave").addEventListener("click", () => {
  token.set(null);
  tell("");
  show(false);
});
keepLooking();
