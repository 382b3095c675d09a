set -e
here=/tmp/h-shim/wrapper-tests/platformio
S=/tmp/shim-scratch; rm -rf $S/core $S/proj; mkdir -p $S/core/packages $S/proj/src "$S/proj/lib/Greeter/src" $S/core/platforms
cp -r $here/tool-scons $S/core/packages/
ver=$($S/pio/bin/python -c "from platformio.dependencies import get_core_dependencies as d; print(d()['tool-scons'].lstrip('~'))")
echo '{"name":"tool-scons","version":"'$ver'"}' > $S/core/packages/tool-scons/package.json
echo '{"type":"tool","name":"tool-scons","version":"'$ver'","spec":{"owner":"platformio","id":null,"name":"tool-scons","requirements":null,"uri":null}}' > $S/core/packages/tool-scons/.piopm
mkdir -p $S/core/packages/toolchain-debianavr/bin; for t in /usr/bin/avr-*; do ln -s $t $S/core/packages/toolchain-debianavr/bin/; done
echo '{"name":"toolchain-debianavr","version":"1.0.0"}' > $S/core/packages/toolchain-debianavr/package.json
ln -s /usr/share/arduino/hardware/arduino/avr $S/fw 2>/dev/null || true
mkdir -p $S/core/packages/framework-arduino-debian; ln -s /usr/share/arduino/hardware/arduino/avr/* $S/core/packages/framework-arduino-debian/
echo '{"name":"framework-arduino-debian","version":"1.0.0"}' > $S/core/packages/framework-arduino-debian/package.json
cp -r $here/platform $S/core/platforms/localavr
cat > $S/proj/platformio.ini <<E2
[env:uno]
platform = localavr
board = uno
framework = arduino
extra_scripts = pre:/tmp/h-shim/scripts/platformio/packer_cc.py
E2
cat > $S/proj/src/main.cpp <<E2
#include <Arduino.h>
#include <EEPROM.h>
#include <SPI.h>
void setup() { SPI.begin(); }
void loop() { EEPROM.read(1); }
E2
