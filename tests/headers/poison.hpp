/// Names that headers of the systems around us define as macros. They are defined here between the third-party headers
/// and ours, so that a header of ours which uses one of them as a name does not compile. T, B and V, min and max stay
/// free: they are our own template parameters and dimensions, and std::min could not be written any more.
// clang-format off
#define B0 @            // <termios.h>
#define I @             // <complex.h>
#define major @         // <sys/sysmacros.h>
#define minor @         //
#define linux @         // GNU language modes
#define unix @          //
#define small @         // <windows.h> from here on
#define near @          //
#define far @           //
#define interface @     //
#define ERROR @         //
#define IN @            //
#define OUT @           //
#define OPTIONAL @      //
#undef DELETE           // <arpa/nameser.h> has it too
#define DELETE @        //
#define Bool @          // <X11/Xlib.h> from here on
#define None @          //
#define Status @        //
#define Success @       //
#define Always @        //
#define emit @          // Qt from here on
#define slots @         //
#define foreach @       //
