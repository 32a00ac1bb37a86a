/* gpio-wave: play a waveform on gpio-sim input lines with exact timing.
 * stdin: one event per line "T_US LINE LEVEL" (absolute microseconds, ascending);
 * LEVEL 0 contact to ground, 1 contact open, 2 contact to 3V3.
 * Prints one JSON line: events, when it began (CLOCK_MONOTONIC), duration, worst and mean lateness.
 * usage: gpio-wave [-c gpiochipN] [-b] < events     -b: keep absolute times even if edges bunch up after a stall
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
struct ev { long long t; int line, level; };
static long long now(void){ struct timespec t; clock_gettime(CLOCK_MONOTONIC,&t); return t.tv_sec*1000000000LL+t.tv_nsec; }
int main(int argc,char**argv){
  const char*chip="gpiochip0"; int fds[256]; int n=0,cap=0; struct ev*e=NULL; char buf[256];
  for(int i=0;i<256;i++) fds[i]=-1;
  int bunch=0; long long shift=0;
  for(int i=1;i<argc;i++){ if(!strcmp(argv[i],"-c")&&i+1<argc) chip=argv[++i]; else if(!strcmp(argv[i],"-b")) bunch=1; }
  while(fgets(buf,sizeof buf,stdin)){
    struct ev x; if(sscanf(buf,"%lld %d %d",&x.t,&x.line,&x.level)!=3) continue;
    if(x.line<0||x.line>255){fprintf(stderr,"bad line\n");return 2;}
    if(n==cap){cap=cap?cap*2:1024; e=realloc(e,cap*sizeof*e);} e[n++]=x;
    if(fds[x.line]<0){ char p[256]; glob_t g;
      snprintf(p,sizeof p,"/sys/devices/platform/gpio-sim.*/%s/sim_gpio%d/pull",chip,x.line);
      if(glob(p,0,NULL,&g)||g.gl_pathc<1){fprintf(stderr,"no %s\n",p);return 2;}
      fds[x.line]=open(g.gl_pathv[0],O_WRONLY); if(fds[x.line]<0){perror(g.gl_pathv[0]);return 2;} globfree(&g);} }
  mlockall(MCL_CURRENT|MCL_FUTURE); struct sched_param sp={.sched_priority=50}; sched_setscheduler(0,SCHED_FIFO,&sp);
  long long t0=now()+20000000LL, worst=0, sum=0;
  for(int i=0;i<n;i++){
    long long due=t0+shift+e[i].t*1000LL; struct timespec ts={due/1000000000LL,due%1000000000LL};
    while(clock_nanosleep(CLOCK_MONOTONIC,TIMER_ABSTIME,&ts,NULL)==EINTR);
    static const char*const strong[]={"drive-low","float","drive-high"},*const weak[]={"pull-down","pull-up","pull-up"};
    const char*s=strong[e[i].level&3];
    if(pwrite(fds[e[i].line],s,strlen(s),0)<0){ s=weak[e[i].level&3]; if(pwrite(fds[e[i].line],s,strlen(s),0)<0){perror("pull");return 1;} }
    long long late=now()-due; if(late>worst) worst=late; sum+=late;
    /* a stalled virtual CPU must not squeeze edges together: a hand would not do that either */
    if(!bunch&&i+1<n){ long long gap=(e[i+1].t-e[i].t)*1000LL; if(late>gap/4) shift+=late-gap/4; } }
  printf("{\"events\": %d, \"began\": %.6f, \"seconds\": %.6f, \"late_max_us\": %lld, \"late_mean_us\": %lld, \"stretched_us\": %lld}\n",n,t0/1e9,(now()-t0)/1e9,worst/1000,n?sum/n/1000:0,shift/1000);
  return 0; }
