using System.Runtime.InteropServices;

/// <summary>
/// Loaded by the runtime into the servers whose memory is measured (<c>DOTNET_STARTUP_HOOKS</c>), into the product and the baseline alike:
/// on a signal it collects all garbage and gives free memory back, which nothing else can make another process do. The runtime asks for
/// this name and for no namespace.
/// </summary>
#pragma warning disable CA1050
internal static class StartupHook
#pragma warning restore CA1050
{
    // Held, or the registration would be collected with the rest.
    private static PosixSignalRegistration? _registration;

    /// <summary>Called by the runtime before the program's own entry point.</summary>
    public static void Initialize()
    {
        if (!OperatingSystem.IsWindows())
            _registration = PosixSignalRegistration.Create(PosixSignal.SIGWINCH, Collect);
    }

    private static void Collect(PosixSignalContext context)
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        Console.WriteLine("lab: garbage collected");
    }
}
