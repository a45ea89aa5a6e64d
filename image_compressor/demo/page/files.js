/** Calls `found` with a file that is dropped or pasted anywhere on the page. */
export function everywhere(found) {
  addEventListener("paste", (event) => {
    const [file] = event.clipboardData.files;
    if (file) found(file);
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    addEventListener(kind, (event) => {
      event.preventDefault();
      document.body.classList.toggle("over", kind === "dragover");
    });
  }
  addEventListener("drop", (event) => {
    const [file] = event.dataTransfer.files;
    if (file) found(file);
  });
}
