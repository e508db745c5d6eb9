/// Descriptions for hosts that have no terminfo database at all, as a small container image.
enum BuiltInTerminals {
  struct Entry: Sendable {
    var name: String
    /// As `tic` compiles it, in base 64.
    var compiled: String
  }

  /// The entry that suits a terminal of type `term` where it is a kind of one of these; nil = none.
  static func entry(for term: String) -> Entry? {
    if let own = entries.first(where: { $0.name == term }) { return own }
    guard let kin = kinds.first(where: { term.hasPrefix($0.prefix) })?.name else { return nil }
    return entries.first { $0.name == kin }
  }

  private static let kinds: [(prefix: String, name: String)] = [
    ("xterm", "xterm-256color"), ("screen", "screen-256color"), ("tmux", "screen-256color"),
    ("linux", "linux"), ("vt1", "vt100"), ("vt2", "vt100"), ("vt3", "vt100"), ("vt4", "vt100"),
    ("ansi", "vt100"),
  ]

  /// Out of Debian's ncurses-base 6.4, by Thomas E. Dickey and others (MIT-X11 licence).
  static let entries: [Entry] = [
    Entry(
      name: "xterm-256color",
      compiled: """
        HgIlACYADwCdAVoGeHRlcm0tMjU2Y29sb3J8eHRlcm0gd2l0aCAyNTYgY29sb3JzAAABAAABAAAAAQAAAAABAQAAAA\
        AAAAABAAABAAEBAAAAAAAAAAABAFAAAAAIAAAAGAAAAP//////////////////////////////////////////////\
        //////8AAQAAAAABAAAABAAGAAgAGQAeACYAKgAuAP//OQBKAEwAUABXAP//WQBmAP//agBuAHgAfAD/////gACEAI\
        kAjgD//6AApQCqAP//rwC0ALkAvgDHAMsA0gD//+QA6QDvAPUA////////BwH///////8ZAf//HQH///////8fAf//\
        JAH//////////ygBLAEyATYBOgE+AUQBSgFQAVYBXAFgAf//ZQH//2kBbgFzAXcBfgH//4UBiQGRAf////////////\
        ////////////////+ZAaIBqwH//64BtwHAAckB0gHbAeQB7QH2Af8B////////CAIMAhECFgIqAjMC/////0UCSAJT\
        AlYCWAJbArgC//+7Av//////////vQLBAsUCyQLNAv/////RAv//BgP/////CgMQA/////////////8WA/////////\
        ////8aAx4D//////////////////////////////////////////////////////////////////8iA/////8pA///\
        ////////MAM3Az4D/////0UD//9MA////////1MD/////////////1oDYANmA20DdAN7A4IDigOSA5oDogOqA7IDug\
        PCA8kD0APXA94D5gPuA/YD/gMGBA4EFgQeBCUELAQzBDoEQgRKBFIEWgRiBGoEcgR6BIEEiASPBJYEngSmBK4EtgS+\
        BMYEzgTWBN0E5ATrBPAE///////////////////////////////////////////////////////////3BAIFBwUaBR\
        4FJwUuBf////////////////////////////+MBf///////////////////////5EF////////////////////////\
        /////////////////////////////5cFqAX/////////////////////////////ugX///////++Bf0F//////////\
        ////////89Bv//////////////////////////////////////////////////////////////////////////////\
        /////////////////////////////////1QGVwYbW1oABwANABtbJWklcDElZDslcDIlZHIAG1szZwAbW0gbWzJKAB\
        tbSwAbW0oAG1slaSVwMSVkRwAbWyVpJXAxJWQ7JXAyJWRIAAoAG1tIABtbPzI1bAAIABtbPzEybBtbPzI1aAAbW0MA\
        G1tBABtbPzEyOzI1aAAbW1AAG1tNABsoMAAbWzVtABtbMW0AG1s/MTA0OWgbWzIyOzA7MHQAG1sybQAbWzRoABtbOG\
        0AG1s3bQAbWzdtABtbNG0AG1slcDElZFgAGyhCABsoQhtbbQAbWz8xMDQ5bBtbMjM7MDswdAAbWzRsABtbMjdtABtb\
        MjRtABtbPzVoJDwxMDAvPhtbPzVsABtbIXAbWz8zOzRsG1s0bBs+ABtbTAB/ABtbM34AG09CABtPUAAbWzIxfgAbT1\
        EAG09SABtPUwAbWzE1fgAbWzE3fgAbWzE4fgAbWzE5fgAbWzIwfgAbT0gAG1syfgAbT0QAG1s2fgAbWzV+ABtPQwAb\
        WzE7MkIAG1sxOzJBABtPQQAbWz8xbBs+ABtbPzFoGz0AG1s/MTAzNGwAG1s/MTAzNGgAG0UAG1slcDElZFAAG1slcD\
        ElZE0AG1slcDElZEIAG1slcDElZEAAG1slcDElZFMAG1slcDElZEwAG1slcDElZEQAG1slcDElZEMAG1slcDElZFQA\
        G1slcDElZEEAG1tpABtbNGkAG1s1aQAlcDElYxtbJXAyJXsxfSUtJWRiABtjG10xMDQHABtbIXAbWz8zOzRsG1s0bB\
        s+ABs4ABtbJWklcDElZGQAGzcACgAbTQAlPyVwOSV0GygwJWUbKEIlOxtbMCU/JXA2JXQ7MSU7JT8lcDUldDsyJTsl\
        PyVwMiV0OzQlOyU/JXAxJXAzJXwldDs3JTslPyVwNCV0OzUlOyU/JXA3JXQ7OCU7bQAbSAAJABtPdwAbT3kAG091AB\
        tPcQAbT3MAYGBhYWZmZ2dpaWpqa2tsbG1tbm5vb3BwcXFycnNzdHR1dXZ2d3d4eHl5enp7e3x8fX1+fgAbW1oAG1s/\
        N2gAG1s/N2wAG09FABtPRgAbT00AG1szOzJ+ABtbMTsyRgAbWzE7MkgAG1syOzJ+ABtbMTsyRAAbWzY7Mn4AG1s1Oz\
        J+ABtbMTsyQwAbWzIzfgAbWzI0fgAbWzE7MlAAG1sxOzJRABtbMTsyUgAbWzE7MlMAG1sxNTsyfgAbWzE3OzJ+ABtb\
        MTg7Mn4AG1sxOTsyfgAbWzIwOzJ+ABtbMjE7Mn4AG1syMzsyfgAbWzI0OzJ+ABtbMTs1UAAbWzE7NVEAG1sxOzVSAB\
        tbMTs1UwAbWzE1OzV+ABtbMTc7NX4AG1sxODs1fgAbWzE5OzV+ABtbMjA7NX4AG1syMTs1fgAbWzIzOzV+ABtbMjQ7\
        NX4AG1sxOzZQABtbMTs2UQAbWzE7NlIAG1sxOzZTABtbMTU7Nn4AG1sxNzs2fgAbWzE4OzZ+ABtbMTk7Nn4AG1syMD\
        s2fgAbWzIxOzZ+ABtbMjM7Nn4AG1syNDs2fgAbWzE7M1AAG1sxOzNRABtbMTszUgAbWzE7M1MAG1sxNTszfgAbWzE3\
        OzN+ABtbMTg7M34AG1sxOTszfgAbWzIwOzN+ABtbMjE7M34AG1syMzszfgAbWzI0OzN+ABtbMTs0UAAbWzE7NFEAG1\
        sxOzRSABtbMUsAG1s/NjlsABtbJWklZDslZFIAG1s2bgAbWz8lWzswMTIzNDU2Nzg5XWMAG1tjABtbMzk7NDltABtd\
        MTA0BwAbXTQ7JXAxJWQ7cmdiOiVwMiV7MjU1fSUqJXsxMDAwfSUvJTIuMlgvJXAzJXsyNTV9JSolezEwMDB9JS8lMi\
        4yWC8lcDQlezI1NX0lKiV7MTAwMH0lLyUyLjJYG1wAG1szbQAbWzIzbQAbWz82OWgbWyVpJXAxJWRzABtbPzY5aBtb\
        JWk7JXAxJWRzABtbPAAbWyU/JXAxJXs4fSU8JXQzJXAxJWQlZSVwMSV7MTZ9JTwldDklcDElezh9JS0lZCVlMzg7NT\
        slcDElZCU7bQAbWyU/JXAxJXs4fSU8JXQ0JXAxJWQlZSVwMSV7MTZ9JTwldDEwJXAxJXs4fSUtJWQlZTQ4OzU7JXAx\
        JWQlO20AG1s/NjloG1slaSVwMSVkOyVwMiVkcwAbbAAbbQACAAAATgCeANgDAQEAAAkAEgAZACUAKgA8AEMASgBQAF\
        oAegCBAIgAjwCWAJ0ApACrALIAuQDAAMcAzgDVANwA4wDqAPEA+AD/AAYBDQEUARsBIgEpATABNwE+AUUBTAFTAVoB\
        YQFoAW8BdgF9AYQBiwGSAZkBoAGnAa4BtQG8AcMBygHRAdgB3wHmAeoB7gHyAfYB+gH+AQICBgIKAg4CEgIWAhwCIQ\
        IAAAMABgAJAAwADwASABUAGAAbAB4AIQAkACcALAAxADYAOwBAAEQASQBOAFMAWABdAGMAaQBvAHUAewCBAIcAjQCT\
        AJkAngCjAKgArQCyALgAvgDEAMoA0ADWANwA4gDoAO4A9AD6AAABBgEMARIBGAEeASQBKgEuATMBOAE9AUIBRwFLAU\
        8BUwFXAVsBYQFnAW0BcwF5AX8BhQGKAY8BG1s/MjAwNGwAG1s/MjAwNGgAG10xMTIHABtdMTI7JXAxJXMHABtbM0oA\
        G101MjslcDElczslcDIlcwcAG1syMDF+ABtbMjAwfgAbWzIgcQAbWyVwMSVkIHEAG1s/MTAwNjsxMDAwJT8lcDElez\
        F9JT0ldGglZWwlOwAbWzM7M34AG1szOzR+ABtbMzs1fgAbWzM7Nn4AG1szOzd+ABtbMTsyQgAbWzE7M0IAG1sxOzRC\
        ABtbMTs1QgAbWzE7NkIAG1sxOzdCABtbMTszRgAbWzE7NEYAG1sxOzVGABtbMTs2RgAbWzE7N0YAG1sxOzNIABtbMT\
        s0SAAbWzE7NUgAG1sxOzZIABtbMTs3SAAbWzI7M34AG1syOzR+ABtbMjs1fgAbWzI7Nn4AG1syOzd+ABtbMTszRAAb\
        WzE7NEQAG1sxOzVEABtbMTs2RAAbWzE7N0QAG1s2OzN+ABtbNjs0fgAbWzY7NX4AG1s2OzZ+ABtbNjs3fgAbWzU7M3\
        4AG1s1OzR+ABtbNTs1fgAbWzU7Nn4AG1s1Ozd+ABtbMTszQwAbWzE7NEMAG1sxOzVDABtbMTs2QwAbWzE7N0MAG1sx\
        OzJBABtbMTszQQAbWzE7NEEAG1sxOzVBABtbMTs2QQAbWzE7N0EAG094ABtPdAAbT3YAG09yABtPRQAbT2sAG09sAB\
        tPbwAbT24AG09qABtPbQAbT3AAG1syOW0AG1s5bQAbWzwlaSVwMyVkOyVwMSVkOyVwMiVkOyU/JXA0JXRNJWVtJTsA\
        QVgAWFQAQkQAQkUAQ3IAQ3MARTMATXMAUEUAUFMAU2UAU3MAWE0Aa0RDMwBrREM0AGtEQzUAa0RDNgBrREM3AGtETg\
        BrRE4zAGtETjQAa0RONQBrRE42AGtETjcAa0VORDMAa0VORDQAa0VORDUAa0VORDYAa0VORDcAa0hPTTMAa0hPTTQA\
        a0hPTTUAa0hPTTYAa0hPTTcAa0lDMwBrSUM0AGtJQzUAa0lDNgBrSUM3AGtMRlQzAGtMRlQ0AGtMRlQ1AGtMRlQ2AG\
        tMRlQ3AGtOWFQzAGtOWFQ0AGtOWFQ1AGtOWFQ2AGtOWFQ3AGtQUlYzAGtQUlY0AGtQUlY1AGtQUlY2AGtQUlY3AGtS\
        SVQzAGtSSVQ0AGtSSVQ1AGtSSVQ2AGtSSVQ3AGtVUABrVVAzAGtVUDQAa1VQNQBrVVA2AGtVUDcAa2EyAGtiMQBrYj\
        MAa2MyAGtwNQBrcEFERABrcENNQQBrcERJVgBrcERPVABrcE1VTABrcFNVQgBrcFpSTwBybXh4AHNteHgAeG0A
        """),
    Entry(
      name: "screen-256color",
      compiled: """
        HgIrACsADwBpASkDc2NyZWVuLTI1NmNvbG9yfEdOVSBTY3JlZW4gd2l0aCAyNTYgY29sb3JzAAABAAABAAAAAQAAAA\
        ABAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAABAAAAAAFQAAAACAAAABgAAAD/////////////////////////////////\
        ////////////////////AAEAAAAAAQAAAAQABgAIABkAHgAlACkALQD//zgASQBLAE8AVgD//1gAZAD//2gAawBxAH\
        UA/////3kAewCAAIUA//+OAJMA/////5gAnQCiAP//pwCpAK4A//+3ALwAwgDIAP///////8sA////////zwD//9MA\
        ////////1QD//9oA///////////eAOIA6ADsAPAA9AD6AAABBgEMARIBFwH//xwB//8gASUBKgH///////8uATIBOg\
        H//////////////////////////////////0IB//9FAU4BVwFgAWkBcgF7AYQBjQGWAf////////////////////+f\
        Af////+wAbMBvgHBAcMBxgEaAv//HQL/////////////////////////////HwL//2AC////////////////ZAL///\
        //////////////////awL/////////////////////////////////////////////////////////////////////\
        //////////////////////////////////////////////////////////////////9wAnYC//////////////////\
        //////////////////////////////////////////////////////////////////////////////////////////\
        ////////////////////////////fAL///////////////////////////////////////////////////////////\
        //gQKMApECmQKdAv//////////////////////////////////////////////////////////////////////////\
        /////////////////////////////////////////////////////////////////////////////6YC////////qg\
        LpAhtbWgAHAA0AG1slaSVwMSVkOyVwMiVkcgAbWzNnABtbSBtbSgAbW0sAG1tKABtbJWklcDElZEcAG1slaSVwMSVk\
        OyVwMiVkSAAKABtbSAAbWz8yNWwACAAbWzM0aBtbPzI1aAAbW0MAG00AG1szNGwAG1tQABtbTQAOABtbNW0AG1sxbQ\
        AbWz8xMDQ5aAAbWzJtABtbNGgAG1s3bQAbWzNtABtbNG0ADwAbW20PABtbPzEwNDlsABtbNGwAG1syM20AG1syNG0A\
        G2cAGykwABtbTAB/ABtbM34AG09CABtPUAAbWzIxfgAbT1EAG09SABtPUwAbWzE1fgAbWzE3fgAbWzE4fgAbWzE5fg\
        AbWzIwfgAbWzF+ABtbMn4AG09EABtbNn4AG1s1fgAbT0MAG09BABtbPzFsGz4AG1s/MWgbPQAbRQAbWyVwMSVkUAAb\
        WyVwMSVkTQAbWyVwMSVkQgAbWyVwMSVkQAAbWyVwMSVkUwAbWyVwMSVkTAAbWyVwMSVkRAAbWyVwMSVkQwAbWyVwMS\
        VkVAAbWyVwMSVkQQAbYxtbPzEwMDBsG1s/MjVoABs4ABtbJWklcDElZGQAGzcACgAbTQAbWzAlPyVwNiV0OzElOyU/\
        JXAxJXQ7MyU7JT8lcDIldDs0JTslPyVwMyV0OzclOyU/JXA0JXQ7NSU7JT8lcDUldDsyJTttJT8lcDkldA4lZQ8lOw\
        AbSAAJACsrLCwtLS4uMDBgYGFhZmZnZ2hoaWlqamtrbGxtbW5ub29wcHFxcnJzc3R0dXV2dnd3eHh5eXp6e3t8fH19\
        fn4AG1taABsoQhspMAAbWzR+ABtbMjN+ABtbMjR+ABtbMUsAG1slaSVkOyVkUgAbWzZuABtbPzE7MmMAG1tjABtbMz\
        k7NDltABtbTQAbWyU/JXAxJXs4fSU8JXQzJXAxJWQlZSVwMSV7MTZ9JTwldDklcDElezh9JS0lZCVlMzg7NTslcDEl\
        ZCU7bQAbWyU/JXAxJXs4fSU8JXQ0JXAxJWQlZSVwMSV7MTZ9JTwldDEwJXAxJXs4fSUtJWQlZTQ4OzU7JXAxJWQlO2\
        0AAAIAAQACAAcAGwABAQEAAAAAAAQAAAADAAYACQAMABsoQgAbKCVwMSVjAEFYAEcwAFU4AEUwAFMwAA==
        """),
    Entry(
      name: "linux",
      compiled: """
        GgEUAB0AEAB9AUIDbGludXh8TGludXggY29uc29sZQAAAQAAAQEAAAAAAAAAAQEAAAAAAAEAAAAAAAABAQD//wgA//\
        ///////////////////////////wgAQAASAP//AAACAAQAFQAaACEAJQApAP//NABFAEcASwBXAP//WQBlAP//aQBt\
        AHkAfQD/////gQCDAIgA/////40AkgD/////lwCcAKEApgCvALEA/////7YAuwDBAMcA////////////////2QDdAP\
        //4QD////////jAP//6AD//////////+wA8QD3APwAAQEGAQsBEQEXAR0BIwEoAf//LQH//zEBNgE7Af///////z8B\
        ////////////////////////////////////////QwH//0YBTwFYAWEB//9qAXMBfAH//4UB//////////////////\
        +OAf///////5QBlwGiAaUBpwGqAQEC//8EAv///////////////wYC//////////8KAv//SwL/////TgJUAv////9a\
        Av////////////////////9eAv//////////////////////////////////////////////////YwL///////////\
        ///////////////////////////////////////////////////////////////////////2UCawJxAncCfQKDAokC\
        jwKVApsC//////////////////////////////////////////////////////////////////////////////////\
        ////////////////////////////////+hAv//////////////////////////////////////////////////////\
        //////+mArECtgK8AsACyQLNAv////////////////////////////////////////////////////////////////\
        //////////////////////////////////////////////////////////////////////////////////HgP/////\
        //8iAywD////////////////////////////////////////////////NgM8AwcADQAbWyVpJXAxJWQ7JXAyJWRyAB\
        tbM2cAG1tIG1tKABtbSwAbW0oAG1slaSVwMSVkRwAbWyVpJXAxJWQ7JXAyJWRIAAoAG1tIABtbPzI1bBtbPzFjAAgA\
        G1s/MjVoG1s/MGMAG1tDABtbQQAbWz8yNWgbWz84YwAbW1AAG1tNAA4AG1s1bQAbWzFtABtbMm0AG1s0aAAbWzdtAB\
        tbN20AG1s0bQAbWyVwMSVkWAAPABtbbQ8AG1s0bAAbWzI3bQAbWzI0bQAbWz81aCQ8MjAwLz4bWz81bAAbW0AAG1tM\
        AH8AG1szfgAbW0IAG1tbQQAbWzIxfgAbW1tCABtbW0MAG1tbRAAbW1tFABtbMTd+ABtbMTh+ABtbMTl+ABtbMjB+AB\
        tbMX4AG1syfgAbW0QAG1s2fgAbWzV+ABtbQwAbW0EADQoAG1slcDElZFAAG1slcDElZE0AG1slcDElZEIAG1slcDEl\
        ZEAAG1slcDElZEwAG1slcDElZEQAG1slcDElZEMAG1slcDElZEEAG2MbXVIAGzgAG1slaSVwMSVkZAAbNwAKABtNAB\
        tbMDsxMCU/JXAxJXQ7NyU7JT8lcDIldDs0JTslPyVwMyV0OzclOyU/JXA0JXQ7NSU7JT8lcDUldDsyJTslPyVwNiV0\
        OzElO20lPyVwOSV0DiVlDyU7ABtIAAkAG1tHACsrLCwtLS4uMDBgYGFhZmZnZ2hoaWlqamtrbGxtbW5ub29wcHFxcn\
        Jzc3R0dXV2dnd3eHh5eXp6e3t8fH19fn4AGwkAG1s/N2gAG1s/N2wAGykwABtbNH4AGgAbWzIzfgAbWzI0fgAbWzI1\
        fgAbWzI2fgAbWzI4fgAbWzI5fgAbWzMxfgAbWzMyfgAbWzMzfgAbWzM0fgAbWzFLABtbJWklZDslZFIAG1s2bgAbWz\
        82YwAbW2MAG1szOTs0OW0AG11SABtdUCVwMSV4JXAyJXsyNTV9JSolezEwMDB9JS8lMDJ4JXAzJXsyNTV9JSolezEw\
        MDB9JS8lMDJ4JXA0JXsyNTV9JSolezEwMDB9JS8lMDJ4ABtbTQAbWzMlcDElZG0AG1s0JXAxJWRtABtbMTFtABtbMT\
        BtAAEAAQACAAYAGAABAAEAAAAFAAAAAwAGAAkAG1szSgAbW1oAQVgAVTgARTMAa2NidDIA
        """),
    Entry(
      name: "vt100",
      compiled: """
        GgEsACYABwApAUQCdnQxMDB8dnQxMDAtYW18REVDIFZUMTAwICh3L2FkdmFuY2VkIHZpZGVvKQAAAQAAAQAAAAAAAA\
        AAAAEAAAAAAAEAAQAAAAAAAAAAAAAAAAAAAVAACAAYAP///////wMA//8AAAIABAAVABoAJgAuAP////83AEwATgD/\
        /1IA/////1QA//9cAP////////////9kAGYAbwD///////////////94AIEAigD//5MAlQD///////+eAKYA//////\
        ////////////////////+uAP////////////+wAP///////7QAuAC8AMAAxADIAMwA0ADUANgA3AD////////gAP//\
        /////+QA////////6ADsAPQA///8AP//AAEEAQgB/////////////////////////////wwB////////FQEeAf//Jw\
        H///////8wATUBOgH/////PwH/////VwH//1oBXQFfAWYBsgH//7UB//////////+3AbsBvwHDAccB/////8sB////\
        ///////+AQQC/////woC////////////////////////EQL///////////////////////////////////////////\
        //////////////////////////////////////////////////////////////////////////////////////////\
        //////////////////////////////////////////////////////////////////////////////////////////\
        ///////////////////////////////////////////////////xUC////////////////////////////////////\
        /////////////////////////x4CKQIuAkECBwANABtbJWklcDElZDslcDIlZHIAG1szZwAbW0gbW0okPDUwPgAbW0\
        skPDM+ABtbSiQ8NTA+ABtbJWklcDElZDslcDIlZEgkPDU+AAoAG1tIAAgAG1tDJDwyPgAbW0EkPDI+AA4AG1s1bSQ8\
        Mj4AG1sxbSQ8Mj4AG1s3bSQ8Mj4AG1s3bSQ8Mj4AG1s0bSQ8Mj4ADwAbW20PJDwyPgAbW20kPDI+ABtbbSQ8Mj4ACA\
        AbT0IAG095ABtPUAAbT3gAG09RABtPUgAbT1MAG090ABtPdQAbT3YAG09sABtPdwAbT0QAG09DABtPQQAbWz8xbBs+\
        ABtbPzFoGz0AcGYxAHBmMgBwZjMAcGY0ABtbJXAxJWRCABtbJXAxJWREABtbJXAxJWRDABtbJXAxJWRBABtbMGkAG1\
        s0aQAbWzVpABs8Gz4bWz8zOzQ7NWwbWz83OzhoG1tyABs4ABs3AAoAG00kPDU+ABtbMCU/JXAxJXA2JXwldDsxJTsl\
        PyVwMiV0OzQlOyU/JXAxJXAzJXwldDs3JTslPyVwNCV0OzUlO20lPyVwOSV0DiVlDyU7JDwyPgAbSAAJABtPcQAbT3\
        MAG09yABtPcAAbT24AYGBhYWZmZ2dqamtrbGxtbW5ub29wcHFxcnJzc3R0dXV2dnd3eHh5eXp6e3t8fH19fn4AG1s/\
        N2gAG1s/N2wAGyhCGykwABtPTQAbWzFLJDwzPgAbWyVpJWQ7JWRSABtbNm4AG1s/JVs7MDEyMzQ1Njc4OV1jABtaAA\
        ==
        """),
  ]
}
