// Questions that another answer opens. Without JavaScript everything is shown; the server decides what counts.
export function reveal() {
  for (const part of document.querySelectorAll("[data-reveal-on]")) {
    const name = part.dataset.revealOn;
    const wanted = part.dataset.revealValue.split(" ");
    const controls = [...document.querySelectorAll(`[name="${CSS.escape(name)}"]`)];
    if (!controls.length) continue;
    const update = () => {
      const values = controls
        .filter((control) => (control.type === "radio" || control.type === "checkbox" ? control.checked : true))
        .map((control) => control.value)
        .filter(Boolean);
      const open = wanted.includes("*") ? values.length > 0 : values.some((value) => wanted.includes(value));
      // what has an error stays visible
      part.hidden = !open && !part.querySelector(".field-error");
    };
    for (const control of controls) control.addEventListener("change", update);
    update();
  }
}
