
const PRACTICE = [...element("practice").children].map((each) => each.textContent.replaceAll("\n", " "));
const SLIDERS = ["confidence", "expertise"];
let state = null; // of one expert: code, practised, answers, and time and clicks of the open case
let visibleSince = null; // when the open case came into view; null while it is not
let practising = false;

const nameOf = (code) => `${DATA.id}:${code}`;
const invites = (code) => Object.hasOwn(DATA.experts, code);
const asked = () => DATA.experts[state.code];
const answersText = () => csvText([DATA.columns, ...state.answers]);

function keep() {
  const done = kept.set(nameOf(state.code), state) && kept.set(DATA.id, state.code);
  element("kept-text").textContent = done
    ? "Your answers so far are kept in this browser."
    : "This browser keeps no answers: save them before you close this page.";
}

/** Shows one section and lets screen readers begin with its heading. */
function show(id) {
  for (const section of document.querySelectorAll("main > section")) section.hidden = section.id !== id;
  document.body.classList.toggle("wide", id === "case");
  const heading = document.querySelector(`#${id} h1`);
  document.title = id === "start" ? heading.textContent : `${heading.textContent} – ${DATA.field}`;
  window.scrollTo(0, 0);
  heading.focus({ preventScroll: true });
}

/** Shows what is missing at an element and focuses it; without a text, removes what was shown. */
function complain(id, text) {
  element(`${id}-error`).textContent = text;
  if (text) (element(id).querySelector("input") ?? element(id)).focus();
  return Boolean(text);
}

// Beginning and coming back

function open(code) {
  state = kept.get(nameOf(code)) ?? { code, practised: false, answers: [], milliseconds: 0, clicked: false };
}

function proceed() {
  if (!state.practised) showCase(true);
  else if (state.answers.length < asked().length) showCase(false);
  else showEnd();
}

element("start-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const code = element("code").value.trim().toUpperCase();
  const missing = [
    complain("code", invites(code) ? "" : "No invitation has this code. Please check it letter by letter."),
    complain("consent", element("consent").checked ? "" : "Please agree first. If you do not agree, close this page."),
  ]; // from the last to the first, which gets the focus
  if (missing.includes(true)) return;
  open(code);
  keep();
  proceed();
});

element("saved").addEventListener("change", async () => {
  const [file] = element("saved").files;
  if (!file) return; // the choice was cancelled
  complain("saved", "");
  const [header, ...rows] = csvRows(await file.text());
  const ours = String(header) === String(DATA.columns) && rows.length > 0 && invites(rows[0][0]);
  const fits = ours && rows.every((row, place) => {
    const [number, first] = DATA.experts[rows[0][0]][place] ?? [];
    return number !== undefined && row[0] === rows[0][0] && row.at(-1) === DATA.cases[number].versions[first][0];
  });
  if (complain("saved", fits ? "" : "This file was not saved by this page.")) return;
  open(rows[0][0]);
  if (rows.length > state.answers.length) Object.assign(state, { practised: true, answers: rows, milliseconds: 0, clicked: false });
  keep();
  showBack();
});

function showBack() {
  element("back-text").textContent =
    `With the code ${state.code}, ${state.answers.length} of ${asked().length} cases are answered.`;
  show("back");
}

element("continue").addEventListener("click", proceed);
element("other").addEventListener("click", () => {
  state = null;
  show("start");
});

// A case

function showCase(practice) {
  practising = practice;
  const number = state.answers.length;
  element("case-title").textContent = practice ? "An example for practice" : `Case ${number + 1} of ${asked().length}`;
  element("practice-text").hidden = !practice;
  element("kept").hidden = practice;
  element("known").hidden = practice;
  element("bar").value = number;
  const [first, second] = practice ? [...PRACTICE].reverse() : shown().map(([, text]) => text);
  element("first").textContent = first;
  element("second").textContent = second;
  element("answer").reset();
  for (const id of ["choice", ...SLIDERS]) complain(id, "");
  for (const id of SLIDERS) touch(id, false);
  show("case");
  visibleSince = document.hidden ? null : performance.now();
}

/** Both versions of the open case in the order shown, each with its name. */
function shown() {
  const [number, first] = asked()[state.answers.length];
  const { versions } = DATA.cases[number];
  return [versions[first], versions[1 - first]];
}

function touch(id, touched = true) {
  const slider = element(id);
  slider.classList.toggle("unset", !touched);
  if (touched) slider.removeAttribute("aria-valuetext");
  else slider.setAttribute("aria-valuetext", "not answered yet");
  element(`${id}-value`).textContent = touched ? slider.value : "–";
  if (touched) complain(id, "");
}

for (const id of SLIDERS) {
  element(id).addEventListener("input", () => touch(id));
  element(id).addEventListener("pointerup", () => touch(id)); // of a click on where it stands
  element(id).addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      touch(id);
    }
  });
}
element("choice").addEventListener("change", () => complain("choice", ""));

element("answer").addEventListener("submit", (event) => {
  event.preventDefault();
  const choice = element("answer").elements.choice.value;
  const unset = (id) => element(id).classList.contains("unset");
  const missing = [
    ...[...SLIDERS].reverse().map((id) => complain(id, unset(id) ? "Please move the slider, or press Enter on it to keep 50." : "")),
    complain("choice", choice ? "" : "Please choose one version."),
  ]; // from the last to the first, which gets the focus
  if (missing.includes(true)) return;
  if (practising) showPractised(choice);
  else record(Number(choice));
});

function record(choice) {
  const other = kept.get(nameOf(state.code));
  if (other?.answers.length > state.answers.length) state = other; // answered in another tab
  else state.answers.push(row(choice));
  Object.assign(state, { milliseconds: 0, clicked: false });
  visibleSince = null;
  keep();
  proceed();
}

function row(choice) {
  const [number] = asked()[state.answers.length];
  const { abstract_id, journal_section } = DATA.cases[number];
  const values = {
    pid: state.code,
    expertise: element("expertise").value,
    confidence: element("confidence").value,
    click_outside: state.clicked ? "clicked" : "",
    chosen: shown()[choice][0],
    rt: Math.round(elapsed()),
    abstract_id,
    journal_section,
    click_slider: 1,
    recognised: Number(element("recognised").checked),
    trial: state.answers.length + 1,
    trials: asked().length,
    first: shown()[0][0],
  };
  return DATA.columns.map((name) => values[name]);
}

// Time counts while the page is in view.

const elapsed = () => state.milliseconds + (visibleSince === null ? 0 : performance.now() - visibleSince);
const answering = () => state && !practising && !element("case").hidden;

document.addEventListener("visibilitychange", () => {
  if (!answering()) return;
  if (document.hidden) {
    Object.assign(state, { milliseconds: elapsed(), clicked: true });
    visibleSince = null;
    keep();
  } else visibleSince = performance.now();
});
window.addEventListener("blur", () => {
  if (answering()) state.clicked = true;
});

// Practice and end

function showPractised(choice) {
  element("practice-right").hidden = choice !== "1";
  element("practice-wrong").hidden = choice === "1";
  state.practised = true;
  keep();
  show("practised");
}

element("first-case").addEventListener("click", proceed);
element("save").addEventListener("click", () => download(`answers-${state.code}-unfinished.csv`, answersText()));

function showEnd() {
  element("text").value = answersText();
  show("end");
}

element("download").addEventListener("click", () => {
  download(`answers-${state.code}.csv`, answersText());
  element("downloaded").textContent = `The file is called answers-${state.code}.csv. Please send it to ${DATA.contact}.`;
});

addEventListener("hashchange", () => location.reload()); // another invitation in this tab
const invited = location.hash.slice(1).toUpperCase();
const last = kept.get(DATA.id);
element("code").value = invited;
// Who was sent another code than the last one here is somebody else.
if (invites(last) && (invited === last || !invites(invited))) {
  open(last);
  showBack();
} else show("start");
