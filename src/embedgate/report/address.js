/* pytest-html keeps order and filters in the page's address, and undoes the escapes of the whole of it on the way:
   in a folder whose name is not plain ASCII the browser refuses that, and the table of tests has no row. An address
   that is left as it is reads the same. Runs before pytest-html's own script, which alone calls this. */
window.unescape = String;
