// Names under a medicine or an allergy field: the ARIA combobox with a list. Only picking one changes what was typed;
// without an answer of the server it is a plain field.
const WAIT = 150;
const SHORTEST = 2;

export function suggest() {
  const lists = document.querySelectorAll("datalist[data-suggest]");
  if (!lists.length) return;
  const status = document.createElement("p");
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  document.querySelector("main").append(status);
  for (const list of lists) {
    for (const input of document.querySelectorAll(`input[list="${list.id}"]`)) {
      combobox(input, list.dataset.suggest, (words) => { status.textContent = words; });
    }
  }
}

function combobox(input, address, say) {
  const list = document.createElement("ul");
  list.id = `${input.id}_suggestions`;
  list.className = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", `Suggestions for ${input.labels[0].textContent}`);
  input.after(list);
  input.removeAttribute("list"); // the browser's own list would lie over this one
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", list.id);

  let found = [];
  let active = -1;
  let timer;
  let request;
  let picking = false;
  let refused = false;

  const mark = (place) => {
    active = place;
    [...list.children].forEach((option, number) => option.setAttribute("aria-selected", String(number === place)));
    if (place < 0) {
      input.removeAttribute("aria-activedescendant");
    } else {
      input.setAttribute("aria-activedescendant", list.children[place].id);
      list.children[place].scrollIntoView({ block: "nearest" });
    }
  };
  const show = (names) => {
    const opens = list.hidden && names.length > 0;
    found = names;
    list.replaceChildren(...names.map(line));
    list.hidden = !names.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    mark(-1);
    if (opens) list.scrollIntoView({ block: "nearest" });
  };
  const close = () => {
    clearTimeout(timer);
    request?.abort();
    if (!list.hidden) show([]);
    say("");
  };
  const pick = (name) => {
    picking = true;
    input.focus();
    input.select();
    // as if it were typed, so that undoing brings back what was there
    if (!document.execCommand("insertText", false, name.fills)) input.value = name.fills;
    picking = false;
    close();
    say(`${name.fills} is filled in`);
  };
  const line = (name, number) => {
    const option = document.createElement("li");
    option.id = `${list.id}_${number}`;
    option.setAttribute("role", "option");
    option.append(part("", name.text));
    if (name.means) {
      const arrow = part("means", "→");
      arrow.setAttribute("aria-hidden", "true");
      option.append(" ", arrow, " ", part("means", name.means));
    }
    option.addEventListener("click", () => pick(name));
    return option;
  };
  const ask = async () => {
    request?.abort();
    const mine = new AbortController();
    request = mine;
    let names;
    try {
      const query = encodeURIComponent(input.value.trim());
      const answer = await fetch(`${address}?q=${query}`, { signal: mine.signal, redirect: "error" });
      // no guidance, or no longer signed in: asking at every letter would not help
      refused = !answer.ok;
      if (answer.ok) names = (await answer.json()).suggestions;
    } catch {
      // the field stays as it is
    }
    if (mine.signal.aborted || document.activeElement !== input) return;
    show(names ?? []);
    say(names ? counted(names.length) : "");
  };
  const isAsked = () => !refused && input.value.trim().length >= SHORTEST;

  input.addEventListener("input", () => {
    document.getElementById(`${input.id}_note`)?.remove(); // it spoke of what stood here before
    if (picking) return;
    mark(-1);
    clearTimeout(timer);
    request?.abort();
    if (isAsked()) timer = setTimeout(ask, WAIT);
    else close();
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.shiftKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden && !isAsked()) return;
      event.preventDefault();
      if (list.hidden) {
        ask();
        return;
      }
      // beyond either end lies the text itself
      const places = found.length + 1;
      mark(((active + 1 + (event.key === "ArrowDown" ? 1 : -1) + places) % places) - 1);
    } else if (event.key === "Enter" && active >= 0) {
      // this Enter picks; it neither sends the form nor leads to the next row
      event.preventDefault();
      event.stopPropagation();
      pick(found[active]);
    } else if (event.key === "Enter") {
      close();
    } else if (event.key === "Escape") {
      if (!list.hidden) event.preventDefault();
      close();
    }
  });
  input.addEventListener("blur", close);
  // a press on the list leaves the focus in the field
  list.addEventListener("mousedown", (event) => event.preventDefault());
}

function counted(number) {
  if (!number) return "No suggestions";
  return number === 1 ? "1 suggestion" : `${number} suggestions`;
}

function part(look, words) {
  const span = document.createElement("span");
  span.className = look;
  span.textContent = words;
  return span;
}
