gw () 
{ 
    ( cd /tmp/fe/b/citas/deploy/gateway;
    setsid haproxy -f haproxy.cfg >> $L/gw.out 2>> $L/gw.err < /dev/null & echo $! > $L/gw.pid )
}
