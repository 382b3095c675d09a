//! What is followed of a script, and what is refused.

use super::*;

fn words(text: &str) -> Vec<String> {
    let script = read(text.as_bytes()).unwrap();
    script.words.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}

#[test]
fn words_name_files_programs_and_variables() {
    let script =
        read(b"#!/bin/sh\n# prose about the date\n. \"$HOME/.ccrc\"\nexec gcc-12 -DX=${V:-1} \"$@\"\n").unwrap();
    for word in ["/bin/sh", "gcc-12", "/.ccrc"] {
        assert!(script.words.contains(word.as_bytes()), "{word}: {script:?}");
    }
    for name in ["HOME", "V"] {
        assert!(script.names.contains(name.as_bytes()), "{name}");
    }
    assert!(!script.words.contains(&b"prose"[..]));
}

#[test]
fn logs_are_no_inputs() {
    for text in [
        "#!/bin/sh\necho \"$(date) $*\" >> /tmp/calls.log\nexec gcc \"$@\"\n",
        "#!/bin/sh\nprintf '%s\\n' \"$*\" >>\"$(dirname \"$0\")/calls.log\"; exec gcc \"$@\"\n",
        "#!/bin/bash\necho run >calls.log && exec gcc \"$@\"\n",
        "#!/usr/bin/python3\nopen('calls.log', 'a').write('%f' % time.time())\nos.execv('gcc', sys.argv)\n",
    ] {
        let words = words(text);
        assert!(!words.iter().any(|word| word.contains("calls")), "{text}: {words:?}");
        assert!(words.iter().any(|word| word == "gcc"), "{text}: {words:?}");
    }
}

#[test]
fn what_cannot_be_followed_is_refused() {
    for text in [
        "#!/bin/sh\nexec gcc -DT=$(date +%s) \"$@\"\n",
        "#!/bin/sh\nexec gcc -DT=`git rev-parse HEAD` \"$@\"\n",
        "#!/bin/bash\nexec gcc -DT=$RANDOM \"$@\"\n",
        "#!/bin/sh\nfor f in conf/*; do . $f; done\nexec gcc \"$@\"\n",
        "#!/bin/bash\nn=MY_; n=${n}V\nexec gcc -DV=${!n} \"$@\"\n",
        "#!/bin/sh\n[ v.c -nt stamp ] && x=1\nexec gcc -DV=$x \"$@\"\n",
        "#!/bin/sh\nset -- \"$@\" -DV=$(set | grep -c ^QQ)\nexec gcc \"$@\"\n",
        "#!/usr/bin/python3\nflags = subprocess.check_output(['flags'])\n",
        "#!/bin/bash\nprintf -v t '%(%s)T' -1; exec gcc -DT=$t \"$@\"\n",
        "#!/bin/sh\ndate +%s | { read t; exec gcc -DT=$t \"$@\"; }\n",
        "#!/bin/sh\n(date | cat) | { read t; exec gcc -DT=$t \"$@\"; }\n",
        "#!/bin/sh\nexec gcc -DT=$(awk 'BEGIN{srand();print srand()}') \"$@\"\n",
        "#!/bin/sh\n[ -d flags ] && D=-DT=2\nexec gcc $D \"$@\"\n",
        "#!/bin/sh\nfor f in *.opt; do D=-DT=2; done\nexec gcc $D \"$@\"\n",
        "#!/bin/sh\nls | grep -q '[.]opt' && D=-DT=2\nexec gcc $D \"$@\"\n",
        "#!/bin/sh\n[ -f ~/.ccrc ] && D=-DT=2\nexec gcc $D \"$@\"\n",
        "#!/bin/sh\ncase \"$*\" in *other.o*) D=-DT=3;; esac\nexec gcc $D \"$@\"\n",
        "#!/bin/sh\n[ $# -gt 3 ] && D=-DT=3\nexec gcc $D \"$@\"\n",
        "#!/bin/sh\nexec gcc -DT=$$ \"$@\"\n",
        "#!/usr/bin/python3\nfrom time import time\nos.execv('gcc', ['gcc', '-DT=%d' % time()])\n",
        "#!/usr/bin/python3\nt = subprocess.run(['date'], stdout=subprocess.PIPE)\n",
        "#!/usr/bin/python3\nos.execv('gcc', ['gcc', '-DT=%d' % len(os.environ)])\n",
        "#!/usr/bin/perl\nexec \"gcc\",\"-DT=\".time,@ARGV;\n",
        "#!/usr/bin/perl\nopen F,\"date|\"; exec \"gcc\",\"-DT=\".<F>,@ARGV;\n",
    ] {
        assert!(read(text.as_bytes()).is_err(), "{text}");
    }
    for text in [
        "#!/bin/sh\nexec \"$(dirname \"$0\")/real-gcc\" \"$@\"\n",
        "#!/bin/sh\nhere=${0%/*}\ncase $1 in *.c) ;; esac\nexec \"$here\"/gcc \"$@\"\n",
        "#!/bin/sh\nfor word in \"$@\"; do shift; set -- \"$@\" \"$word\"; done\nexec gcc \"$@\"\n",
        "#!/bin/sh\nfor word; do case $word in -print*|-###|-v) exec gcc \"$@\";; esac; done\nexec gcc \"$@\"\n",
        "#!/bin/sh\ncase $1 in\n  -E|-M) exec cpp \"$@\" ;;\nesac\nexec gcc \"$@\"\n",
        "#!/bin/sh\n[ -x /usr/bin/gcc ] || exit 1\nexec gcc \"$@\"\n",
        "#!/bin/sh\nn=$((1 + 2))\nv=$(gcc -dumpversion | cut -d. -f1)\nexec gcc -DV=$v \"$@\" 2>&1\n",
    ] {
        assert!(read(text.as_bytes()).is_ok(), "{text}");
    }
}
