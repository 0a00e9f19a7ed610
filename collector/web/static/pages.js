/** What a script adds to pages that are whole without one: buttons that copy. */

const toast = document.querySelector('#toast');

/** Buttons that copy the text beside them; without a script the text is there to be selected. */
for (const place of document.querySelectorAll('.copy')) {
  const text = place.querySelector('code');
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = document.body.dataset.copy ?? 'Copy';
  button.ariaLabel = `${button.textContent} (${place.querySelector('p')?.textContent})`;
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text?.textContent ?? '');
      say(document.body.dataset.copied ?? '');
    } catch {
      if (text) getSelection()?.selectAllChildren(text);
    }
  });
  place.querySelector('p')?.append(button);
}

/** @param {string} text */
function say(text) {
  if (!toast) return;
  toast.textContent = text;
  setTimeout(() => { if (toast.textContent === text) toast.textContent = ''; }, 4000);
}
