const PROPOSALS = DATA.proposals;
const REASONS = [
  "More than results differ",
  "Both versions could be true",
  "Not plausible, or obvious without knowing the field",
  "It contradicts itself",
  "It reads badly",
];
const TOLD = { accept: "Accepted.", refuse: "Refused.", mend: "Accepted as mended." };

const state = { reviewer: "", decisions: {}, ...kept.get(DATA.key) };
let current = Math.max(0, PROPOSALS.findIndex((each) => !state.decisions[each.proposal]));

const decision = (proposal) => state.decisions[proposal.proposal];
const altered = (proposal) => decision(proposal)?.incorrect_abstract || proposal.altered;

/** The words, marks and white space of a text. */
const tokens = (text) => text.match(/\s+|[\p{L}\p{N}_]+(?:[-'’.,][\p{L}\p{N}_]+)*|./gsu) ?? [];

/** Two texts as lists of pieces, `[piece, whether it differs]`: a longest common subsequence stays. */
function compared(one, other) {
  const [a, b] = [tokens(one), tokens(other)];
  const common = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      common[i][j] = a[i] === b[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
  const [left, right] = [[], []];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      left.push([a[i++], false]);
      right.push([b[j++], false]);
    } else if (j === b.length || (i < a.length && common[i + 1][j] >= common[i][j + 1])) left.push([a[i++], true]);
    else right.push([b[j++], true]);
  }
  return [left, right];
}

/** Shows pieces in an element, those that differ marked; white space between two of them is one of them. */
function show(place, pieces) {
  const marked = pieces.map(([piece, differs], n) => differs || (!piece.trim() && pieces[n - 1]?.[1] && pieces[n + 1]?.[1]));
  place.replaceChildren();
  for (let n = 0; n < pieces.length; ) {
    let end = n + 1;
    while (end < pieces.length && Boolean(marked[end]) === Boolean(marked[n])) end++;
    const text = pieces.slice(n, end).map(([piece]) => piece).join("");
    if (!marked[n]) place.append(text);
    else {
      const mark = document.createElement("mark");
      mark.textContent = text;
      place.append(mark);
    }
    n = end;
  }
}

function showVersions(original, changed) {
  const [left, right] = compared(original, changed);
  show(element("original"), left);
  show(element("altered"), right);
}

function showProposal({ focus = false } = {}) {
  const proposal = PROPOSALS[current];
  closeForms();
  element("title").textContent = `Proposal ${current + 1} of ${PROPOSALS.length}`;
  const source = element("source");
  source.replaceChildren(`${proposal.section}, published ${proposal.published}: `);
  const address = /^https?:\/\//.test(proposal.doi) ? proposal.doi : `https://doi.org/${proposal.doi}`;
  const link = Object.assign(document.createElement("a"), { href: address, textContent: proposal.doi });
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  source.append(link);
  showVersions(proposal.original, altered(proposal));
  const made = decision(proposal);
  element("state").textContent = made ? [TOLD[made.decision], made.reason].filter(Boolean).join(" ") : "";
  for (const name of ["accept", "refuse", "mend"])
    document.querySelector(`.actions [data-do="${name}"]`).classList.toggle("chosen", made?.decision === name);
  showProgress();
  if (focus) {
    element("title").focus({ preventScroll: true });
    element("title").scrollIntoView({ block: "start" });
  }
}

function showProgress() {
  const made = PROPOSALS.map(decision).filter(Boolean);
  const number = (name) => made.filter((each) => each.decision === name).length;
  element("count").textContent =
    `${made.length} of ${PROPOSALS.length} decided: ${number("accept")} accepted, ${number("mend")} mended, ${number("refuse")} refused`;
  element("progress").value = PROPOSALS.length ? made.length / PROPOSALS.length : 0;
  PROPOSALS.forEach((proposal, n) => {
    const button = element("all").children[n].firstChild;
    const name = decision(proposal)?.decision;
    if (name) button.dataset.decision = name;
    else delete button.dataset.decision;
    button.setAttribute("aria-label", `Proposal ${n + 1}: ${name ? TOLD[name] : "undecided"}`);
    if (n === current) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  });
}

function keep() {
  element("nothing-kept").hidden = kept.set(DATA.key, state);
}

/** Records a decision, and goes on to the next undecided proposal. */
function decide(name, { reason = "", text = "" } = {}) {
  state.decisions[PROPOSALS[current].proposal] = { decision: name, reason, incorrect_abstract: text };
  keep();
  element("about").open = false;
  const order = PROPOSALS.map((_, n) => (current + 1 + n) % PROPOSALS.length);
  current = order.find((n) => !decision(PROPOSALS[n])) ?? current;
  showProposal({ focus: true });
}

function closeForms() {
  element("refusal").hidden = element("mending").hidden = true;
  element("actions").hidden = false;
}

function openForm(name, field) {
  closeForms();
  element("actions").hidden = true;
  element(name).hidden = false;
  field.focus();
}

const ACTIONS = {
  accept: () => decide("accept"),
  refuse() {
    element("reason").value = decision(PROPOSALS[current])?.reason ?? "";
    for (const each of element("reasons").querySelectorAll("input")) each.checked = false;
    openForm("refusal", element("reasons").querySelector("input"));
  },
  mend() {
    element("text").value = altered(PROPOSALS[current]);
    element("fault").textContent = "";
    openForm("mending", element("text"));
  },
  undo() {
    delete state.decisions[PROPOSALS[current].proposal];
    keep();
    showProposal();
  },
  cancel: () => showProposal({ focus: true }),
  previous: () => go(current - 1),
  next: () => go(current + 1),
  save,
};

function go(number) {
  current = (number + PROPOSALS.length) % PROPOSALS.length;
  showProposal({ focus: true });
}

function save() {
  const decided = PROPOSALS.filter(decision);
  const missing = !state.reviewer ? "Give your name or code first." : decided.length ? "" : "There is no decision yet.";
  element("unsaved").textContent = missing;
  if (!state.reviewer) {
    element("about").open = true;
    element("reviewer").focus();
  }
  if (missing) return;
  const rows = decided.map((each) => {
    const row = { proposal: each.proposal, doi: each.doi, reviewer: state.reviewer, ...decision(each) };
    return DATA.columns.map((column) => row[column]);
  });
  download(`review-${state.reviewer.replace(/[^\p{L}\p{N}]+/gu, "-")}.csv`, csvText([DATA.columns, ...rows]));
}

/** Takes over the decisions of a saved file that are about these proposals. */
async function load(file) {
  const [columns, ...rows] = csvRows((await file.text()).replace(/^\ufeff/, ""));
  const named = rows.map((row) => Object.fromEntries(row.map((cell, n) => [columns[n], cell])));
  const known = named.filter((row) => TOLD[row.decision] && PROPOSALS.some((each) => each.proposal === row.proposal));
  element("unsaved").textContent =
    known.length < named.length || !known.length ? `${file.name}: ${known.length} of ${named.length} decisions are about these proposals.` : "";
  for (const { proposal, decision, reason, incorrect_abstract, reviewer } of known) {
    state.decisions[proposal] = { decision, reason, incorrect_abstract };
    state.reviewer ||= reviewer;
  }
  element("reviewer").value = state.reviewer;
  keep();
  showProposal();
}

function start() {
  for (const text of REASONS) {
    const label = Object.assign(document.createElement("label"), { className: "option" });
    const input = Object.assign(document.createElement("input"), { type: "radio", name: "why", value: text });
    label.append(input, text);
    element("reasons").append(label);
  }
  PROPOSALS.forEach((_, n) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: n + 1 });
    button.addEventListener("click", () => go(n));
    const item = document.createElement("li");
    item.append(button);
    element("all").append(item);
  });
  element("reviewer").value = state.reviewer;
  element("reviewer").addEventListener("input", ({ target }) => {
    state.reviewer = target.value.trim();
    keep();
  });
  element("load").addEventListener("change", ({ target }) => target.files[0] && load(target.files[0]));
  element("text").addEventListener("input", ({ target }) => showVersions(PROPOSALS[current].original, clean(target.value)));
  element("refusal").addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = element("reasons").querySelector("input:checked")?.value;
    decide("refuse", { reason: [chosen, element("reason").value.trim()].filter(Boolean).join(": ") });
  });
  element("mending").addEventListener("submit", (event) => {
    event.preventDefault();
    mended();
  });
  for (const button of document.querySelectorAll("[data-do]"))
    button.addEventListener("click", () => ACTIONS[button.dataset.do]());
  document.addEventListener("keydown", shortcut);
  element("about").open = !Object.keys(state.decisions).length;
  keep();
  if (PROPOSALS.length) {
    element("proposal").hidden = false;
    showProposal();
  } else element("count").textContent = "No proposal to review: the validators refused all.";
}

const clean = (text) => text.trim().replace(/\s+/g, " ");

function mended() {
  const text = clean(element("text").value);
  const same = text === PROPOSALS[current].original;
  element("fault").textContent = !text ? "The text is empty." : same ? "The text is that of the original." : "";
  if (!text || same) return;
  if (text === PROPOSALS[current].altered) decide("accept");
  else decide("mend", { text });
}

const KEYS = { a: "accept", r: "refuse", m: "mend", z: "undo", s: "save", arrowleft: "previous", arrowright: "next" };

function shortcut(event) {
  if (event.key === "Escape" && !(element("refusal").hidden && element("mending").hidden)) return ACTIONS.cancel();
  if (event.key === "Enter" && event.ctrlKey && !element("mending").hidden) return mended();
  const writes = event.target.matches("input, textarea");
  const name = KEYS[event.key.toLowerCase()];
  if (!name || writes || event.ctrlKey || event.metaKey || event.altKey || !PROPOSALS.length) return undefined;
  event.preventDefault();
  return ACTIONS[name]();
}

start();
